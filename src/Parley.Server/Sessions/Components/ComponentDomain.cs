using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;

namespace Parley.Server.Sessions.Components;

/// <summary>The domain of an external component, connected or not (XEP-0114): whatever is for one of its addresses goes to the component as it is.</summary>
public sealed class ComponentDomain(Jid domain, byte[] secret) : IDomainTarget
{
    private readonly Lock _gate = new();
    private volatile ComponentStream? _stream;

    // Who has the domain: from its handshake until nothing of it is left.
    private ComponentStream? _owner;
    private TaskCompletionSource? _left;

    /// <summary>The domain.</summary>
    public Jid Domain { get; } = domain;

    /// <summary>Whether the component is there.</summary>
    public bool IsConnected => _stream is not null;

    /// <summary>What a handshake is made with, in UTF-8.</summary>
    internal ReadOnlySpan<byte> Secret => secret;

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken) =>
        _stream?.Deliver(delivery.Stanza, delivery.Flush) == true
            ? ValueTask.CompletedTask
            : throw new StanzaException(StanzaErrorCondition.ServiceUnavailable, "The component is not connected.");

    /// <summary>Writes a stanza of the server's own to the component; false when it is not there.</summary>
    internal bool TryDeliver(Stanza stanza, FlushSet flush) => _stream?.Deliver(stanza, flush) == true;

    /// <summary>Takes the domain for a stream; waits for one that is ending.</summary>
    /// <returns>False when another has it.</returns>
    internal async ValueTask<bool> TryTakeAsync(ComponentStream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task left;
            lock (_gate)
            {
                if (_owner is null)
                {
                    _owner = stream;
                    return true;
                }

                if (_left is null)
                {
                    // Its host may be gone without a word: a byte that nobody acknowledges shows that.
                    _owner.Output.Write(" "u8);
                    _owner.Output.Flush();
                    return false;
                }

                left = _left.Task;
            }

            await left.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Has stanzas go to the stream from here on.</summary>
    internal void Open(ComponentStream stream) => _stream = stream;

    /// <summary>The stream takes no more stanzas, and still has the domain.</summary>
    internal void Leave(ComponentStream stream)
    {
        lock (_gate)
        {
            if (_owner == stream)
            {
                _stream = null;
                _left ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <summary>Gives the domain up for another stream.</summary>
    internal void Release(ComponentStream stream)
    {
        lock (_gate)
        {
            if (_owner == stream)
            {
                _stream = _owner = null;
                _left?.TrySetResult();
                _left = null;
            }
        }
    }
}
