using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Modules.Archive;
using Parley.Server.Modules.Blocking;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Offline;

/// <summary>Writes the stored messages of an account to one of its sessions: in order, each once, and forgets them only when the connection has taken them.</summary>
/// <remarks>
/// One delivery an account at a time, beside the read loop of the session. What arrives for the account meanwhile waits behind it, up to the bytes that
/// may wait for a client (<see cref="XmppServerOptions.MaxOutputBytes"/>). When the session is lost, another that takes messages gets the rest; one that
/// takes nothing for thirty seconds is ended, for all that is sent to the account waits behind it.
/// </remarks>
internal sealed class OfflineDelivery(
    IOfflineStore store,
    SessionDirectory sessions,
    IBlockLists blocks,
    IGivenMessages given,
    Lazy<MessageDelivery> messages,
    Lazy<StanzaRouter> router,
    IOptions<XmppServerOptions> options,
    TimeProvider time,
    ILogger<OfflineDelivery> logger) : IMessageHold
{
    private const int PageSize = 32;
    private const int MaxPendingBytes = 32 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<Jid, HeldMessages> _underWay = new();

    // Messages whose rows are still there: given back by a lost connection, they need not be stored again.
    private readonly ConditionalWeakTable<Stanza, object> _stored = [];

    /// <summary>Begins to deliver to a session that takes messages, or has the delivery that is under way look into the store again.</summary>
    internal void Begin(ClientSession session)
    {
        var account = session.Account.Account;
        while (true)
        {
            var mine = new HeldMessages(options.Value.MaxOutputBytes);
            var held = _underWay.GetOrAdd(account, mine);
            if (ReferenceEquals(held, mine))
            {
                _ = RunAsync(account, held, session);
                return;
            }

            if (held.TryLookAgain())
            {
                return;
            }

            _underWay.TryRemove(new(account, held));
        }
    }

    /// <inheritdoc/>
    public bool IsUnderWay(Jid account) => _underWay.ContainsKey(account);

    /// <inheritdoc/>
    public IDisposable Hold(Jid account)
    {
        while (true)
        {
            var mine = new HeldMessages(options.Value.MaxOutputBytes);
            mine.TryHoldAll();
            var held = _underWay.GetOrAdd(account, mine);
            if (ReferenceEquals(held, mine))
            {
                _ = RunAsync(account, held, null);
                return new HoldOn(held);
            }

            if (held.TryHoldAll())
            {
                return new HoldOn(held);
            }

            _underWay.TryRemove(new(account, held));
        }
    }

    /// <summary>Has a message wait behind the delivery that is under way; false when there is none.</summary>
    internal bool TryHold(Delivery arriving) =>
        _underWay.TryGetValue(arriving.RecipientAccount!, out var held) && held.TryHold(arriving);

    /// <summary>Whether a message came out of the store and is still in it.</summary>
    internal bool IsStored(Stanza message) => _stored.TryGetValue(message, out _);

    /// <summary>Whether a message says already since when this server has held it back.</summary>
    internal static bool IsDelayed(Stanza message, Jid account) =>
        message.Child(DelayedDelivery.Name)?.Attribute("from") is { } from && Jid.TryParse(from, out var jid) && jid.Equals(account.DomainJid);

    /// <summary>A session that takes messages, or null.</summary>
    internal ClientSession? Receptive(Jid account, HashSet<ClientSession>? except = null) =>
        (sessions.Find(account)?.All ?? []).FirstOrDefault(session => session is { IsAvailable: true, Priority: >= 0 } && except?.Contains(session) != true);

    private async Task RunAsync(Jid account, HeldMessages held, ClientSession? first)
    {
        var flush = new FlushSet();
        while (true)
        {
            var coming = held.NextAsync();
            if (!coming.IsCompleted)
            {
                flush.Flush();
            }

            var next = await coming;
            if (next.IsOver)
            {
                break;
            }

            if (next.Message is { } message)
            {
                await DeliverHeldAsync(message, flush);
                continue;
            }

            flush.Flush();
            var target = first ?? Receptive(account);
            first = null;
            try
            {
                await DeliverStoredAsync(account, target, flush);
            }
            catch (Exception e)
            {
                Log.OfflineDeliveryFailed(logger, e, account.ToString());
            }
        }

        flush.Flush();
        _underWay.TryRemove(new(account, held));
    }

    private async Task DeliverStoredAsync(Jid account, ClientSession? target, FlushSet flush)
    {
        var lost = new HashSet<ClientSession>();
        var forgotten = 0L;
        while (target is not null && await store.ReadAsync(account, forgotten, PageSize, CancellationToken.None) is { Count: > 0 } page)
        {
            var stanzas = page.Select(message => FromStore(message, account)).ToArray();
            var blocked = await BlockedAsync(account, stanzas);

            // What the session has out of the archive is not shown twice; it is forgotten with the rest, when the session has taken all that it was sent.
            var reader = target;
            if (!await TryWriteAsync(stanzas.Except(blocked).Where(stanza => !given.HasGot(reader, stanza)), reader, flush))
            {
                lost.Add(target);
                target = Receptive(account, lost);
                continue;
            }

            foreach (var stanza in blocked)
            {
                await router.Value.RefuseAsync(stanza, new StanzaError(StanzaErrorCondition.ServiceUnavailable), null, flush, CancellationToken.None);
            }

            forgotten = page[^1].Id;
            await store.DeleteAsync(account, page.Select(static message => message.Id).ToArray(), CancellationToken.None);
            foreach (var stanza in stanzas)
            {
                _stored.Remove(stanza);
            }
        }

        if (target is not null)
        {
            given.Forget(target);
        }
    }

    // Whoever sent them has been blocked since (XEP-0191 §3.3).
    private async Task<List<Stanza>> BlockedAsync(Jid account, Stanza[] stanzas)
    {
        var blocked = new List<Stanza>();
        foreach (var stanza in stanzas)
        {
            if (stanza.From is { } sender && await blocks.IsBlockedAsync(account, sender, CancellationToken.None))
            {
                blocked.Add(stanza);
            }
        }

        return blocked;
    }

    private async Task<bool> TryWriteAsync(IEnumerable<Stanza> stanzas, ClientSession target, FlushSet flush)
    {
        foreach (var stanza in stanzas)
        {
            if (!target.Deliver(stanza, flush)
                || (target.Output.PendingCount > MaxPendingBytes && !await IsTakenAsync(target)))
            {
                return false;
            }
        }

        return await IsTakenAsync(target);
    }

    private sealed class HoldOn(HeldMessages held) : IDisposable
    {
        private HeldMessages? _held = held;

        public void Dispose() => Interlocked.Exchange(ref _held, null)?.Release();
    }

    private async Task<bool> IsTakenAsync(ClientSession target)
    {
        try
        {
            return await target.HandedOverAsync().WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            target.Terminate(new StreamException(StreamErrorCondition.ConnectionTimeout, "Nothing was read for too long."));
            return false;
        }
    }

    private async Task DeliverHeldAsync(HeldMessage message, FlushSet flush)
    {
        try
        {
            var delivery = new Delivery(message.Stanza, null, flush) { RecipientAccount = message.Account, RecipientArchiveId = message.ArchiveId, HasWaited = true };
            await messages.Value.ToResourcesAsync(delivery, CancellationToken.None);
            await delivery.CommittedAsync();
            message.Succeeded();
        }
        catch (Exception e)
        {
            if (!message.Failed(e))
            {
                await router.Value.GiveBackAsync(message.Stanza, e, flush);
            }
        }
    }

    private Stanza FromStore(OfflineMessage message, Jid account)
    {
        var stanza = Stanza.Read(message.Stanza.Span, StanzaContext.Client())
            ?? throw new InvalidOperationException($"Offline message {message.Id} is no stanza.");
        if (!IsDelayed(stanza, account))
        {
            stanza = stanza.WithAppended(new DelayedDelivery(message.Stamp, account.DomainJid, "Offline Storage").WriteTo);
        }

        _stored.Add(stanza, this);
        return stanza;
    }
}
