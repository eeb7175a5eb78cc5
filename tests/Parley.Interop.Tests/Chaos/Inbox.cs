using System.Globalization;
using System.Xml.Linq;
using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Chaos;

/// <summary>What a client has been sent, live or out of its archive, without what it already has by its stanza-id (XEP-0359).</summary>
/// <param name="owner">The account, as bare JID.</param>
/// <param name="peer">Whose numbered messages these are.</param>
internal sealed class Inbox(string owner, string peer)
{
    private static readonly XNamespace StanzaIds = "urn:xmpp:sid:0";
    private readonly Lock _lock = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly List<string> _violations = [];
    private readonly List<string> _repeated = [];
    private TaskCompletionSource? _reached;
    private int _awaited;

    /// <summary>All numbers up to this one have come, in order.</summary>
    internal int Last { get; private set; }

    /// <summary>The stanza-id of what came last.</summary>
    internal string? LastId { get; private set; }

    /// <summary>How many came again with the stanza-id that they had before.</summary>
    internal int Doubles { get; private set; }

    /// <summary>Gaps, and what has no stanza-id or comes as an error.</summary>
    internal IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>What came again with another stanza-id: accepted twice by the server.</summary>
    internal IReadOnlyList<string> Repeated
    {
        get
        {
            lock (_lock)
            {
                return [.. _repeated];
            }
        }
    }

    /// <summary>The number that a message carries; null for another message.</summary>
    internal static int? NumberOf(XElement message) =>
        int.TryParse(message.Element(StreamClient.Client + "body")?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    /// <summary>A message that came live or with the offline messages.</summary>
    internal void TakeLive(XElement message)
    {
        var id = message.Elements(StanzaIds + "stanza-id")
            .FirstOrDefault(element => element.Attribute("by")?.Value == owner)?.Attribute("id")?.Value;
        lock (_lock)
        {
            if (message.Attribute("type")?.Value == "error" || id is null)
            {
                _violations.Add($"without stanza-id, or an error: {message.ToString(SaveOptions.DisableFormatting)}");
                return;
            }

            Take(message, id, "live");
        }
    }

    /// <summary>A message out of the archive; true if it is the peer's.</summary>
    internal void TakeArchived(XElement message, string id)
    {
        lock (_lock)
        {
            Take(message, id, "archive");
        }
    }

    /// <summary>Waits until all up to this number have come.</summary>
    internal Task ReachAsync(int number, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _awaited = number;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Announce();
            return _reached.Task.WaitAsync(cancellationToken);
        }
    }

    private void Take(XElement message, string id, string how)
    {
        if (message.Attribute("from")?.Value.Split('/')[0] != peer || NumberOf(message) is not { } number)
        {
            return;
        }

        if (!_ids.Add(id))
        {
            Doubles++;
            return;
        }

        LastId = id;
        if (number <= Last)
        {
            _repeated.Add($"{owner}: {number} again ({how}, {id}) after {Last}");
            return;
        }

        if (number != Last + 1)
        {
            _violations.Add($"{owner}: {number} ({how}, {id}) after {Last}");
        }

        Last = number;
        Announce();
    }

    private void Announce()
    {
        if (Last >= _awaited)
        {
            _reached?.TrySetResult();
        }
    }
}
