using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>Sets roster items; the result of the iq acknowledges.</summary>
internal sealed class RosterWriter(string user) : Writer(user)
{
    private const int MaxItems = 1500;

    protected override async Task WriteOneAsync(int port, StreamClient session, string item, CancellationToken cancellationToken)
    {
        // The same contacts again after a while, under new names: rosters have a limit.
        var contact = int.Parse(item[(item.LastIndexOf('-') + 1)..]) % MaxItems;
        var answer = await session.RequestAsync(
            $"<query xmlns='jabber:iq:roster'><item jid='c{contact}@example.org' name='{item}'/></query>", "set", cancellationToken);
        Assert.Equal("result", answer.Attribute("type")?.Value);
    }

    protected override async Task<IReadOnlyList<string>> LostAsync(int port, IReadOnlySet<string> items, CancellationToken cancellationToken)
    {
        await using var session = await OpenAsync(port, cancellationToken);
        var roster = await session.RequestAsync("<query xmlns='jabber:iq:roster'/>", "get", cancellationToken);
        var names = roster.Descendants().Select(static element => element.Attribute("name")?.Value ?? "").ToHashSet();
        return [.. items.Where(item => !names.Contains(item))];
    }
}
