using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>A stanza on its way: what each <see cref="Stage"/> sees of it, and leaves for those that follow.</summary>
/// <remarks>Used by one logical thread at a time, from the moment the stanza was accepted until it has been routed.</remarks>
public sealed class Delivery
{
    private ValueTask _commit = ValueTask.CompletedTask;
    private List<ValueTask>? _more;

    internal Delivery(Stanza stanza, ClientSession? sender, FlushSet flush)
    {
        Stanza = stanza;
        Sender = sender;
        Flush = flush;
    }

    /// <summary>The stanza, its sender stamped and its recipient known; a handler may put a changed one in its place for all that follows.</summary>
    public Stanza Stanza { get; set; }

    /// <summary>The local session that gets the answer if there is one; null for none.</summary>
    public ClientSession? Sender { get; }

    /// <summary>Where to note the connections that are written to.</summary>
    public FlushSet Flush { get; }

    /// <summary>The bare JID of the local account whose client sent the stanza; null when it comes from elsewhere, or the server sends it itself.</summary>
    public Jid? SenderAccount { get; internal init; }

    /// <summary>The component that sends the stanza in the sender's name (XEP-0356); null as a rule.</summary>
    internal Jid? Agent { get; init; }

    /// <summary>The bare JID of the recipient where its domain has accounts here; null otherwise. Whether there is such an account has not been looked up.</summary>
    public Jid? RecipientAccount { get; internal set; }

    /// <summary>The id under which the sender's archive keeps the message; null when it does not.</summary>
    public long? SenderArchiveId { get; set; }

    /// <summary>The id under which the recipient's archive keeps the message; null when it does not. A message that is kept is never bounced.</summary>
    public long? RecipientArchiveId { get; set; }

    /// <summary>Whether the stanza is an error by which the server itself says that another could not be delivered: nobody else has said so.</summary>
    internal bool IsBounce { get; init; }

    /// <summary>When the server accepted the message, where that was earlier and its first delivery failed; null otherwise.</summary>
    public DateTimeOffset? AcceptedAt { get; internal init; }

    /// <summary>Whether the message has waited already, and waits no more: those that wait for its account are behind it.</summary>
    internal bool HasWaited { get; init; }

    /// <summary>Whether the sender got an error because a store failed.</summary>
    internal bool FailedInStore { get; set; }

    /// <summary>Whether what the stanza's acknowledgement waits for is that others find their way first, at the pace of the recipient's client.</summary>
    internal bool IsHeld { get; set; }

    /// <summary>Whether all that has to be durable is, so far.</summary>
    internal bool IsCommitted => _commit.IsCompletedSuccessfully && _more is null;

    /// <summary>Has the acknowledgement of the stanza wait for <paramref name="commit"/>; when that fails, the sender gets an error.</summary>
    public void Until(ValueTask commit)
    {
        if (commit.IsCompletedSuccessfully)
        {
            commit.GetAwaiter().GetResult();
        }
        else if (_commit.IsCompletedSuccessfully)
        {
            _commit = commit;
        }
        else
        {
            (_more ??= []).Add(commit);
        }
    }

    /// <summary>Waits for everything that was given to <see cref="Until"/> so far, and forgets it. Throws the first failure, after the last has ended.</summary>
    internal async ValueTask CommittedAsync()
    {
        var (commit, more) = (_commit, _more);
        (_commit, _more) = (ValueTask.CompletedTask, null);
        Exception? failure = null;
        try
        {
            await commit;
        }
        catch (Exception e)
        {
            failure = e;
        }

        foreach (var other in more ?? [])
        {
            try
            {
                await other;
            }
            catch (Exception e)
            {
                failure ??= e;
            }
        }

        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
