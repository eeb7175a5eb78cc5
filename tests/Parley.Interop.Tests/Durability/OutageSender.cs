using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Chaos;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>Sends one numbered message after the other while the store has an outage, and knows of each whether it was accepted.</summary>
internal sealed class OutageSender(StreamClient stream, string to)
{
    private static readonly XNamespace Management = "urn:xmpp:sm:3";

    // A page of a database, so that what was set aside is used up soon.
    private static readonly string Padding = new('x', 4000);
    private int _last;

    internal StreamClient Stream => stream;

    /// <summary>The numbers that were acknowledged and not refused.</summary>
    internal List<int> Accepted { get; } = [];

    internal async Task EnableAsync(CancellationToken cancellationToken)
    {
        await stream.SendAsync($"<enable xmlns='{Management}' resume='true'/>", cancellationToken);
        await stream.ReadAsync(static element => element.Name == Management + "enabled", cancellationToken);
    }

    /// <summary>Sends the next message and waits for its acknowledgement; the stanza error that refused it, or null.</summary>
    internal async Task<XElement?> SendAsync(CancellationToken cancellationToken)
    {
        XElement? refusal = null;
        var number = ++_last;
        await stream.SendAsync(
            $"<message to='{to}' type='chat' id='{number}'><body>{number}</body><padding xmlns='urn:example:padding'>{Padding}</padding></message>" +
            $"<r xmlns='{Management}'/>",
            cancellationToken);
        var answer = await stream.ReadAsync(
            element => element.Name == Management + "a" && H(element) == number,
            cancellationToken,
            element => refusal = element.Attribute("type")?.Value == "error" ? element : refusal);
        Assert.Equal(number, H(answer));
        if (refusal is null)
        {
            Accepted.Add(number);
        }
        else
        {
            Assert.Equal($"{number}", refusal.Attribute("id")?.Value);
        }

        return refusal;
    }

    /// <summary>The numbers in an account's archive, in its order.</summary>
    internal async Task<IReadOnlyList<int>> StoredAsync(string user, int port, CancellationToken cancellationToken)
    {
        var numbers = new List<int>();
        await using var view = await StreamClient.ConnectAsync(port, cancellationToken);
        await view.AuthenticateAsync(user, cancellationToken);
        await view.BindAsync(cancellationToken, "view");
        await Archive.ReadAsync(view, null, (message, _) => numbers.Add(Inbox.NumberOf(message)!.Value), cancellationToken);
        return numbers;
    }

    private static int H(XElement element) => int.Parse(element.Attribute("h")!.Value, CultureInfo.InvariantCulture);
}
