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
/// Where the store fails, it is tried again every five seconds as long as somebody is there to take them; what comes live goes past them meanwhile.
/// One delivery an account at a time, beside the read loop of the session. What arrives for the account meanwhile waits behind it, up to half of the bytes that
/// may wait for a client (<see cref="XmppServerOptions.MaxOutputBytes"/>). When the session is lost, another that takes messages gets the rest; one that
/// takes nothing for thirty seconds loses its connection, for all that is sent to the account waits behind it. When it is resumed, what it had been sent
/// comes once, and the rest after it.
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
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<Jid, HeldMessages> _underWay = new();

    // Messages whose rows are still there: given back by a lost connection, they need not be stored again.
    private readonly ConditionalWeakTable<Stanza, object> _stored = [];

    private readonly SentMessages _sent = new();

    // Messages that a session has taken, a page at most for each account, while the store has not forgotten them; and the accounts whose store failed.
    private readonly ConcurrentDictionary<Jid, long[]> _taken = new();
    private readonly ConcurrentDictionary<Jid, bool> _retrying = new();

    private readonly AwaitedSessions _awaited = new(sessions);

    /// <summary>Begins to deliver to a session that takes messages, or has the delivery that is under way look into the store again.</summary>
    internal void Begin(ClientSession session)
    {
        var account = session.Account.Account;
        while (true)
        {
            var mine = new HeldMessages(options.Value.MaxOutputBytes / 2, isTaken: true);
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
            var mine = new HeldMessages(options.Value.MaxOutputBytes / 2, isTaken: false);
            mine.TryHoldAll();
            var held = _underWay.GetOrAdd(account, mine);
            if (ReferenceEquals(held, mine) || held.TryHoldAll())
            {
                return new HoldOn(this, account, held);
            }

            _underWay.TryRemove(new(account, held));
        }
    }

    /// <inheritdoc/>
    public async Task AllEndedAsync()
    {
        while (!_underWay.IsEmpty)
        {
            await Task.WhenAll(_underWay.Values.Select(static held => held.Ended));
        }
    }

    /// <summary>Has a message wait behind the delivery that is under way, if there is one.</summary>
    internal HoldResult TryHold(Delivery arriving) =>
        _underWay.TryGetValue(arriving.RecipientAccount!, out var held) && held.TryHold(arriving) is not HoldResult.NotNeeded and var result ? result
        : _awaited.AreTargetsOf(arriving) ? HoldResult.ToStore
        : HoldResult.NotNeeded;

    /// <summary>Something is in the store for an account, and nobody is connected who takes messages.</summary>
    internal void Leave(Jid account) => _awaited.Add(account);

    /// <summary>Whether a message came out of the store and is still in it.</summary>
    internal bool IsStored(Stanza message) => _stored.TryGetValue(message, out _);

    /// <summary>Whether a message says already since when this server has held it back.</summary>
    internal static bool IsDelayed(Stanza message, Jid account)
    {
        // Others may say so, too: the sender, a room.
        foreach (var child in message.Children)
        {
            if (child.Is(DelayedDelivery.Name.LocalUtf8, DelayedDelivery.Name.NamespaceUtf8)
                && Jid.TryParse(message.Element(child).Attribute("from"), out var by) && by.Equals(account.DomainJid))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A session that takes messages, or null. One without a connection gets them when it is resumed.</summary>
    internal ClientSession? Receptive(Jid account, HashSet<ClientSession>? except = null)
    {
        foreach (var session in sessions.Find(account)?.All ?? [])
        {
            if (session is { IsReceptive: true, IsConnected: true } && except?.Contains(session) != true)
            {
                return session;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool HasUnacknowledged(ClientSession session) => _sent.IsAny(session);

    // Runs on the thread of its caller until there is something to wait for: where nothing is stored and nothing waits, it is over when the call returns.
    private async Task RunAsync(Jid account, HeldMessages held, ClientSession? first)
    {
        var flush = new FlushSet();
        var isDue = false;
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

                // Those that wait come at once: the next do when these have been taken.
                if (Receptive(account) is { } taker && taker.Output.OutstandingCount > options.Value.MaxOutputBytes / 4)
                {
                    flush.Flush();
                    await IsTakenAsync(taker);
                }

                continue;
            }

            flush.Flush();
            var target = first ?? Receptive(account);
            first = null;
            try
            {
                await DeliverStoredAsync(account, held, target, flush);
            }
            catch (StorageException)
            {
                // The store itself tells that it fails. What comes live does not wait for it to be well.
                isDue = true;
            }
            catch (ObjectDisposedException)
            {
                // The server stops, and its store with it, which has what was not delivered.
                break;
            }
            catch (Exception e)
            {
                Log.OfflineDeliveryFailed(logger, e, account.ToString());
            }
        }

        flush.Flush();
        _underWay.TryRemove(new(account, held));
        held.End();
        if (isDue && _retrying.TryAdd(account, true))
        {
            _ = RetryAsync(account);
        }
    }

    // As long as somebody is there to take them: who comes later has them delivered anyway.
    private async Task RetryAsync(Jid account)
    {
        await Task.Delay(RetryAfter, time);
        _retrying.TryRemove(account, out _);
        if (Receptive(account) is { } session)
        {
            Begin(session);
        }
    }

    private async Task DeliverStoredAsync(Jid account, HeldMessages held, ClientSession? target, FlushSet flush)
    {
        if (_taken.TryGetValue(account, out var taken))
        {
            await ForgetAsync(account, taken);
        }

        var lost = new HashSet<ClientSession>();
        var forgotten = 0L;
        while (target is not null && await ReadAsync(account, forgotten, held) is { Count: > 0 } page)
        {
            (long Id, Stanza Stanza)[] stanzas = [.. page.Select(message => (message.Id, FromStore(message, account)))];
            var blocked = await BlockedAsync(account, stanzas);

            // What the session has out of the archive is not shown twice; it is forgotten with the rest, when the session has taken all that it was sent.
            var reader = target;
            if (!await TryWriteAsync(stanzas.Except(blocked).Where(message => !given.HasGot(reader, message.Stanza)), reader, flush))
            {
                lost.Add(target);
                target = Receptive(account, lost);
                continue;
            }

            foreach (var (_, stanza) in blocked)
            {
                await router.Value.RefuseAsync(stanza, new StanzaError(StanzaErrorCondition.ServiceUnavailable), null, flush, CancellationToken.None);
            }

            forgotten = page[^1].Id;
            await ForgetAsync(account, [.. page.Select(static message => message.Id)]);
            foreach (var (_, stanza) in stanzas)
            {
                _stored.Remove(stanza);
            }
        }

        if (target is not null)
        {
            _awaited.Remove(account);
            given.Forget(target);
        }
        else if (lost.Count > 0)
        {
            _awaited.Add(account);
        }
    }

    // Where it fails, it comes first the next time: nobody gets them again.
    private async Task ForgetAsync(Jid account, long[] ids)
    {
        _taken[account] = ids;
        await store.DeleteAsync(account, ids, CancellationToken.None);
        _taken.TryRemove(account, out _);
    }

    private async Task<IReadOnlyList<OfflineMessage>> ReadAsync(Jid account, long after, HeldMessages held)
    {
        var page = await store.ReadAsync(account, after, PageSize, CancellationToken.None);
        var behind = held.StoredBehind;
        return page.Count > 0 && page[^1].Id >= behind ? [.. page.Where(message => message.Id < behind)] : page;
    }

    // Whoever sent them has been blocked since (XEP-0191 §3.3).
    private async Task<List<(long Id, Stanza Stanza)>> BlockedAsync(Jid account, (long Id, Stanza Stanza)[] messages)
    {
        var blocked = new List<(long, Stanza)>();
        foreach (var message in messages)
        {
            if (message.Stanza.From is { } sender && await blocks.IsBlockedAsync(account, sender, CancellationToken.None))
            {
                blocked.Add(message);
            }
        }

        return blocked;
    }

    private async Task<bool> TryWriteAsync(IEnumerable<(long Id, Stanza Stanza)> messages, ClientSession target, FlushSet flush)
    {
        foreach (var (id, stanza) in messages)
        {
            // A session that was lost and resumed has had it sent again already.
            if (_sent.Contains(target, id))
            {
                continue;
            }

            if (!target.IsConnected || !target.Deliver(stanza, flush))
            {
                return false;
            }

            _sent.Add(target, id);
            if (target.Output.OutstandingCount > MaxPendingBytes && !await IsTakenAsync(target))
            {
                return false;
            }
        }

        if (!await IsTakenAsync(target))
        {
            return false;
        }

        _sent.Acknowledged(target);
        return true;
    }

    private sealed class HoldOn(OfflineDelivery delivery, Jid account, HeldMessages held) : IDisposable
    {
        private HeldMessages? _held = held;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _held, null) is { } held && held.Release())
            {
                _ = delivery.RunAsync(account, held, null);
            }
        }
    }

    private async Task<bool> IsTakenAsync(ClientSession target)
    {
        try
        {
            return await target.HandedOverAsync().WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            target.Disconnect(new StreamException(StreamErrorCondition.ConnectionTimeout, "Nothing was read for too long."));
            return false;
        }
    }

    private async Task DeliverHeldAsync(HeldMessage message, FlushSet flush)
    {
        try
        {
            var delivery = new Delivery(message.Stanza, null, flush) { RecipientAccount = message.Account, RecipientArchiveId = message.ArchiveId, HasWaited = true };
            await (_awaited.AreTargetsOf(delivery)
                ? messages.Value.ToStoreAsync(delivery, CancellationToken.None)
                : messages.Value.ToResourcesAsync(delivery, CancellationToken.None));
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
