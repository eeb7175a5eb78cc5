using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Keeps messages in the archives of their two ends, and says in what the recipient gets where (XEP-0313 §3.4, XEP-0359 §4).</summary>
internal sealed class MessageKeeping
{
    private readonly ArchivePolicies _policies;
    private readonly IArchiveStore _store;
    private readonly ArchiveId _ids;
    private readonly Retractions _retractions;
    private readonly Func<Jid, bool> _isOurs;

    public MessageKeeping(ArchivePolicies policies, IArchiveStore store, ArchiveId ids, Retractions retractions, DomainTable domains)
    {
        (_policies, _store, _ids, _retractions) = (policies, store, ids, retractions);
        _isOurs = by => domains.TryFind(by.DomainJid, out var target) && target.HasAccounts;
    }

    internal ValueTask<Verdict> Handle(Delivery delivery, CancellationToken cancellationToken)
    {
        // Nobody but us gives ids in the name of our accounts, whether we give one or not.
        delivery.Stanza = StanzaId.RemoveFrom(delivery.Stanza, _isOurs);
        var message = delivery.Stanza;
        if (!ArchivedContent.IsKept(message))
        {
            return new(Verdict.Continue);
        }

        var sender = delivery.SenderAccount;
        var recipient = delivery.RecipientAccount is { } account && !account.Equals(sender) && message.From is not null ? account : null;
        var bySender = sender is null ? new(false) : _policies.WantsAsync(sender, message.To!, cancellationToken);
        var byRecipient = recipient is null ? new(false) : _policies.WantsAsync(recipient, message.From!, cancellationToken);
        return bySender.IsCompletedSuccessfully && byRecipient.IsCompletedSuccessfully
            ? Keep(delivery, bySender.Result ? sender : null, byRecipient.Result ? recipient : null)
            : WaitAndKeepAsync(delivery, bySender, sender, byRecipient, recipient);
    }

    private async ValueTask<Verdict> WaitAndKeepAsync(Delivery delivery, ValueTask<bool> bySender, Jid? sender, ValueTask<bool> byRecipient, Jid? recipient) =>
        await Keep(delivery, await bySender ? sender : null, await byRecipient ? recipient : null);

    // A message to oneself has one place, the sender's.
    private ValueTask<Verdict> Keep(Delivery delivery, Jid? sender, Jid? recipient)
    {
        if ((sender ?? recipient) is null)
        {
            return new(Verdict.Continue);
        }

        var message = delivery.Stanza;
        var id = _ids.Next();
        var (first, second) = Places(message, sender, recipient);
        var commit = _store.AppendAsync(
            new ArchiveEntry(id, Bytes(message), message.IdText, ArchivedContent.TextOf(message), IsGroupChat: false, first, second),
            CancellationToken.None);
        if (commit.IsFaulted)
        {
            // Too much waits already: it is refused before anybody has got it.
            return Refused(commit);
        }

        delivery.Until(commit);
        delivery.SenderArchiveId = sender is null ? null : id;
        if ((recipient ?? (delivery.RecipientAccount is { } own && own.Equals(sender) ? own : null)) is { } reader)
        {
            delivery.RecipientArchiveId = id;
            delivery.Stanza = new StanzaId(ArchiveId.ToText(id), reader).AppendTo(message);
        }

        _retractions.Begin(delivery, message, id, first, second);
        return new(Verdict.Continue);
    }

    private static (ArchivePlace First, ArchivePlace? Second) Places(Stanza message, Jid? sender, Jid? recipient) =>
        sender is null ? (new(recipient!, message.From!), null)
        : (new(sender, message.To!), recipient is null ? null : new(recipient, message.From!));

    private static ReadOnlyMemory<byte> Bytes(Stanza message)
    {
        var output = new ArrayBufferWriter<byte>(message.Size + 64);
        message.WriteTo(output);
        return output.WrittenMemory;
    }

    private static async ValueTask<Verdict> Refused(ValueTask commit)
    {
        await commit;
        return Verdict.Stop;
    }
}
