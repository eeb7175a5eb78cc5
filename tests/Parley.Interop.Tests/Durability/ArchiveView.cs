using System.Xml.Linq;
using Parley.Interop.Tests.Chaos;
using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Durability;

/// <summary>Which numbered messages an account's archive has, read on from where the last look ended.</summary>
internal sealed class ArchiveView(string user)
{
    private readonly HashSet<int> _sent = [];
    private readonly HashSet<int> _received = [];
    private string? _last;

    internal IReadOnlySet<int> Sent => _sent;

    internal IReadOnlySet<int> Received => _received;

    internal async Task ReadAsync(int port, CancellationToken cancellationToken)
    {
        await using var stream = await StreamClient.ConnectAsync(port, cancellationToken);
        await stream.AuthenticateAsync(user, cancellationToken);
        await stream.BindAsync(cancellationToken, "view");
        if (!await Archive.ReadAsync(stream, _last, Take, cancellationToken))
        {
            throw new InvalidOperationException($"The archive of {user} had {_last}, and after a restart it has not.");
        }
    }

    private void Take(XElement message, string id)
    {
        _last = id;
        if (Inbox.NumberOf(message) is { } number)
        {
            var own = message.Attribute("from")?.Value.Split('/')[0] == $"{user}@localhost";
            (own ? _sent : _received).Add(number);
        }
    }
}
