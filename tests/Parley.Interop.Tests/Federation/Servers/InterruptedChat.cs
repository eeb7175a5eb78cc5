using System.Globalization;
using System.Xml.Linq;
using Xunit;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Somebody writes without a pause to somebody whose server goes away in the middle of it and comes back; what became of the messages.</summary>
internal sealed class InterruptedChat
{
    /// <summary>Messages that have arrived for certain before the server goes.</summary>
    internal const int Before = 220;

    /// <summary>Messages that are sent until then, and while it goes and is away.</summary>
    private const int Count = 600;

    private readonly List<int> _told;

    private InterruptedChat(List<int> arrived, List<int> bounced)
    {
        _told = [.. arrived.Concat(bounced).Order()];
        Lost = [.. Enumerable.Range(0, Count).Except(_told)];
        Assert.Empty(arrived.Intersect(bounced));
        TestContext.Current.TestOutputHelper!.WriteLine($"{Count} sent, {arrived.Count} arrived, {bounced.Count} bounced, {Lost.Count} lost");
    }

    /// <summary>The numbers of those that neither arrived nor came back.</summary>
    internal IReadOnlyList<int> Lost { get; }

    /// <summary>Runs it.</summary>
    /// <param name="sender">Who writes.</param>
    /// <param name="recipient">To whom.</param>
    /// <param name="server">The recipient's server.</param>
    /// <param name="end">Ends the server.</param>
    /// <param name="cancellationToken">The end of the test.</param>
    internal static async Task<InterruptedChat> RunAsync(Person sender, Person recipient, TestedServer server, Func<Task> end, CancellationToken cancellationToken)
    {
        var sending = SendAsync(sender, recipient.Address, cancellationToken);
        await Person.FirstToHearAsync($"{Before}", cancellationToken, recipient);
        await end();
        await sending;
        await server.StartAsync(cancellationToken);
        await using var again = await Person.LogInAsync(server, recipient.User, cancellationToken, "again");

        // Whatever comes, comes before this, which may come back at first.
        for (var i = 0; ; i++)
        {
            await sender.SayAsync(recipient.Address, $"end{i}", "", cancellationToken);
            if (await Person.FirstToHearAsync($"end{i}", cancellationToken, sender, again) == again)
            {
                break;
            }
        }

        return new InterruptedChat([.. Numbers(recipient.Take(IsChat)), .. Numbers(again.Take(IsChat))], Numbers(sender.Take(IsBounce)));
    }

    /// <summary>No message came twice.</summary>
    internal void AssertNoneIsDoubled() => Assert.Equal(_told.Distinct(), _told);

    /// <summary>What neither arrived nor came back was sent in one go, around the moment at which the server went.</summary>
    internal void AssertLostAreOneRun() =>
        Assert.True(Lost.Count == 0 || (Lost[0] > Before && Lost[^1] - Lost[0] == Lost.Count - 1), string.Join(' ', Lost));

    private static bool IsChat(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "chat";

    private static bool IsBounce(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "error";

    private static List<int> Numbers(IEnumerable<XElement> messages) =>
        [.. messages.Select(static message => message.Attribute("id")!.Value).Where(static id => char.IsDigit(id[0])).Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];

    // As fast as the own server takes them.
    private static async Task SendAsync(Person sender, string to, CancellationToken cancellationToken)
    {
        for (var i = 0; i < Count; i++)
        {
            await sender.SayAsync(to, i.ToString(CultureInfo.InvariantCulture), "", cancellationToken);
            if (i % 20 == 0)
            {
                await sender.PingAsync(cancellationToken);
            }
        }
    }
}
