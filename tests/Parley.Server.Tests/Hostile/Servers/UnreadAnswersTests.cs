using System.Text;
using Parley.Server.Connections;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>A server that has proved nothing asks without end, and reads no answer: what waits for it is bounded, and it is cut off.</summary>
public sealed class UnreadAnswersTests
{
    private const int Limit = 4096;

    [Theory]
    [InlineData($"<db:verify from='{Capulet}' to='{Montague}' id='1'>x</db:verify>")]
    [InlineData("<r xmlns='urn:xmpp:sm:3'/>")]
    public async Task Whoever_reads_no_answers_is_cut_off(string question)
    {
        await using var server = await new TestNetwork().StartAsync("192.0.2.1", [Montague], static options =>
        {
            options.Federation.Policy.RequireTls = false;
            options.Federation.MaxQueuedBytes = options.Federation.MaxUnacknowledgedBytes = Limit;
        });
        var peer = await server.OpenServerAsync();
        var stream = Assert.Single(server.Get<OpenStreams>());

        // Far more answers than are on their way to a peer that does not read, and may wait for that.
        var questions = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(question, 100)));
        for (var i = 0; i < 50 && !stream.Connection.Aborted.IsCancellationRequested; i++)
        {
            await peer.SendAsync(questions);
        }

        await peer.ServedAsync();
        Assert.InRange(stream.Output.PendingCount, 0, 3 * Limit);
    }
}
