using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Offline;

/// <summary>The messages that arrive for an account while those from the store are written to it: they wait, so that none overtakes.</summary>
/// <param name="limit">How many bytes may wait.</param>
/// <param name="isTaken">Whether somebody takes what comes next already; otherwise it is whoever releases the last hold.</param>
internal sealed class HeldMessages(int limit, bool isTaken)
{
    private readonly Lock _gate = new();
    private readonly Queue<HeldMessage> _waiting = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isTaken = isTaken;
    private int _bytes;
    private bool _again = true;

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
            _waiting.Enqueue(new HeldMessage(arriving));
            return HoldResult.Waits;
        }
    }

    /// <summary>Completes when nothing waits any more, and what waited has found its end.</summary>
    internal Task Ended => _ended.Task;

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

    /// <summary>Such a reason is gone; true when it was the last, and the caller is to take what comes next, for nobody does yet.</summary>
    internal bool Release()
    {
        lock (_gate)
        {
            if (--_holds > 0)
            {
                return false;
            }

            _released?.TrySetResult();
            _released = null;
            var wasTaken = _isTaken;
            _isTaken = true;
            return !wasTaken;
        }
    }

    /// <summary>Whoever took what came next is through with it.</summary>
    internal void End() => _ended.TrySetResult();

    /// <summary>What comes next, as soon as nothing holds it up.</summary>
    /// <remarks>One at a time: a message that went into the store when nobody was there may have to be looked for before the next.</remarks>
    internal async ValueTask<Step> NextAsync()
    {
        while (true)
        {
            Task released;
            lock (_gate)
            {
                if (_holds == 0)
                {
                    return Next();
                }

                released = (_released ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await released;
        }
    }

    private Step Next()
    {
        if (_again)
        {
            _again = false;
            return default;
        }

        if (!_waiting.TryDequeue(out var next))
        {
            _over = _spilled is null;
            _spilled = null;
            return new(_over, null);
        }

        _bytes -= next.Stanza.Size;
        return new(false, next);
    }

    /// <summary>What comes next: the end, a message, or, with neither, a look into the store.</summary>
    internal readonly record struct Step(bool IsOver, HeldMessage? Message);
}
