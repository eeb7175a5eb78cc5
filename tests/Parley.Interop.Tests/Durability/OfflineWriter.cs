using System.Xml.Linq;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>
/// Sends messages to somebody who is not there. Without stream management (XEP-0198) nothing acknowledges a message itself; but stanzas are
/// handled in order, so the result of a request behind it does.
/// </summary>
internal sealed class OfflineWriter(string user, string absent) : Writer(user)
{
    protected override async Task RegisterAllAsync(int port, CancellationToken cancellationToken)
    {
        await RegisterAsync(port, User, cancellationToken);
        await RegisterAsync(port, absent, cancellationToken);
    }

    protected override async Task WriteOneAsync(int port, StreamClient session, string item, CancellationToken cancellationToken)
    {
        await session.SendAsync($"<message to='{absent}@localhost' type='chat' id='{item}'><body>{item}</body></message>", cancellationToken);
        await session.PingAsync(cancellationToken, static other => Assert.NotEqual("error", other.Attribute("type")?.Value));
    }

    protected override async Task<IReadOnlyList<string>> LostAsync(int port, IReadOnlySet<string> items, CancellationToken cancellationToken)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        await using var session = await StreamClient.LogInAsync(port, absent, cancellationToken);
        await session.SendAsync("<presence/>", cancellationToken);

        // What arrives now waits behind what is stored.
        await session.SendAsync($"<message to='{absent}@localhost' type='chat'><body>last</body></message>", cancellationToken);
        await session.ReadAsync(static element => Body(element) == "last", cancellationToken, element => found.Add(Body(element)));
        return [.. items.Where(item => !found.Contains(item))];
    }

    private static string Body(XElement element) => element.Element(StreamClient.Client + "body")?.Value ?? "";
}
