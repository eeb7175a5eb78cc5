using System.Xml.Linq;
using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Chaos;

/// <summary>
/// A client's way through its archive after a resumption that was refused. It goes on where it was when connections die meanwhile, for a long way
/// might never be gone in one.
/// </summary>
/// <param name="since">The newest that is known of the archive; null for its beginning.</param>
internal sealed class CatchUp(string owner, string? since, Inbox inbox)
{
    private string? _since = since;

    /// <summary>The numbers of the own messages that the archive has: they have been accepted.</summary>
    internal HashSet<int> Sent { get; } = [];

    /// <summary>Reads to the archive's end.</summary>
    internal async Task ReadAsync(StreamClient stream, CancellationToken cancellationToken)
    {
        if (!await Archive.ReadAsync(stream, _since, Take, cancellationToken))
        {
            // What is known was delivered, but not committed when the server was killed.
            _since = null;
            await Archive.ReadAsync(stream, null, Take, cancellationToken);
        }
    }

    /// <summary>The newest that is known now.</summary>
    internal string? Newest => _since;

    private void Take(XElement message, string id)
    {
        _since = id;
        if (message.Attribute("from")?.Value.Split('/')[0] == owner && Inbox.NumberOf(message) is { } number)
        {
            Sent.Add(number);
        }

        inbox.TakeArchived(message, id);
    }
}
