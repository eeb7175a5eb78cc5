using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's Python libraries use rooms (XEP-0045), each by its python/LIBRARY_rooms.py: see python/rooms_flow.py for what they do.</summary>
public sealed class RoomsTests
{
    private static readonly string[] Users = ["alice", "bob", "carol"];

    private static readonly string[] Steps =
    [
        "service", "reserved_room", "discovery", "chat", "history_on_entering", "private_message", "nickname", "subject", "two_sessions",
        "voice", "kick", "ban", "members", "lists", "invitations", "registration", "self_ping", "password", "non_anonymous", "avatar", "instant_room",
        "archive", "retraction", "destruction",
    ];

    [Theory]
    [InlineData("slixmpp")]
    [InlineData("nbxmpp")]
    [InlineData("aioxmpp")]
    public async Task Rooms_are_used(string library)
    {
        using var time = new TestTime(180);
        var python = await ForeignClients.PythonAsync(library, time.Token);
        await using var parley = await ParleyProcess.StartAsync(time.Token);
        foreach (var user in Users)
        {
            await using var registration = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
            await registration.RegisterAsync(user, time.Token);
        }

        await using var flow = RunningProgram.Start(
            python,
            [
                Path.Combine(Repository.Tests, "python", $"{library}_rooms.py"), "127.0.0.1", $"{parley.Port}", ParleyProcess.Domain,
                parley.CertificatePath,
            ]);
        foreach (var step in Steps)
        {
            var line = await flow.LineAsync(IsStep, time.Token);
            Assert.True(line == $"ok {step}", flow.Transcript);
        }

        var (exitCode, _) = await flow.EndAsync(time.Token);
        Assert.True(exitCode == 0, flow.Transcript);
    }

    // slixmpp 1.8.3 prints what it finds in the messages of a history.
    private static bool IsStep(string line) => line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("failed ", StringComparison.Ordinal);
}
