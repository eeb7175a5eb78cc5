using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Offline;

/// <summary>The messages that arrive for an account while those from the store are written to it: they wait, so that none overtakes.</summary>
/// <param name="limit">How many bytes may wait.</param>
internal sealed class HeldMessages(int limit)
{
    private readonly Lock _gate = new();
    private List<HeldMessage> _waiting = [];
    private int _bytes;
    private bool _again;

    // More came than may wait: what came since is in the store, from this id on, and is looked for there once nothing waits.
    private long? _spilled;
    private bool _over;
    private int _holds;
    private TaskCompletionSource? _released;

    /// <summary>Has a message wait, or says where else it belongs.</summary>
    /// <exception cref="StanzaException">resource-constraint: too many wait, and no archive keeps this one.</exception>
    internal HoldResult TryHold(Delivery arriving)
    {
        lock (_gate)
        {
            if (_over)
            {
                return HoldResult.NotNeeded;
            }

            if (_spilled is not null || _bytes > limit)
            {
                // The store keeps archived messages in the order in which they were accepted; others would lose their place.
                if (arriving.RecipientArchiveId is not { } id || !OfflineContent.IsKept(arriving.Stanza))
                {
                    throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Too many messages wait for this account.");
                }

                _spilled = Math.Min(_spilled ?? id, id);
                return HoldResult.ToStore;
            }

            _bytes += arriving.Stanza.Size;
            _waiting.Add(new HeldMessage(arriving));
            return HoldResult.Waits;
        }
    }

    /// <summary>Where in the store the messages begin that are to be delivered behind those that wait.</summary>
    internal long StoredBehind
    {
        get
        {
            lock (_gate)
            {
                return _spilled ?? long.MaxValue;
            }
        }
    }

    /// <summary>Asks for another look into the store; false when it is too late.</summary>
    internal bool TryLookAgain()
    {
        lock (_gate)
        {
            return !_over && (_again = true);
        }
    }

    /// <summary>Has everything wait for another reason, too; false when it is too late.</summary>
    internal bool TryHoldAll()
    {
        lock (_gate)
        {
            if (_over)
            {
                return false;
            }

            _holds++;
            return true;
        }
    }

    /// <summary>Such a reason is gone.</summary>
    internal void Release()
    {
        lock (_gate)
        {
            if (--_holds == 0)
            {
                _released?.TrySetResult();
                _released = null;
            }
        }
    }

    /// <summary>Completes when there is no such reason.</summary>
    internal Task ReleasedAsync()
    {
        lock (_gate)
        {
            return _holds == 0 ? Task.CompletedTask : (_released ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Takes what waits. None when the store is to be looked into again; null when nothing waits, and nothing will any more.</summary>
    internal IReadOnlyList<HeldMessage>? Take()
    {
        lock (_gate)
        {
            if (_again)
            {
                _again = false;
                return [];
            }

            if (_waiting.Count == 0 && (_holds > 0 || _spilled is not null))
            {
                _spilled = null;
                return [];
            }

            if (_waiting.Count == 0)
            {
                _over = true;
                return null;
            }

            var taken = _waiting;
            _waiting = [];
            _bytes = 0;
            return taken;
        }
    }
}
