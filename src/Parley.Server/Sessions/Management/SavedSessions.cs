using Microsoft.Extensions.Logging;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Sessions.Management;

/// <summary>Keeps the sessions that can be resumed while the server restarts, and brings them back before it listens (XEP-0198 §5).</summary>
/// <remarks>A session that has not acknowledged all stored messages that it was sent is ended instead, for the store has them still; so is one for which messages wait too long.</remarks>
public sealed class SavedSessions(IDetachedSessionStore store, ClientStreamServices services, ILogger<SavedSessions> logger)
{
    /// <summary>Saves all sessions without a connection; one that cannot be saved is ended, so that what it holds finds another end.</summary>
    public async Task SaveAsync(CancellationToken cancellationToken)
    {
        var hold = services.Hold.Value;
        foreach (var session in services.Resumable.Detached.Where(hold.HasUnacknowledged).ToList())
        {
            await session.EndAsync();
        }

        // Nobody is connected any more: what still waits goes to the sessions that are to be saved, or into the store.
        try
        {
            await hold.AllEndedAsync().WaitAsync(services.Options.CloseTimeout / 2, services.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Those that it waits for are ended.
        }

        var sessions = services.Resumable.Detached.ToList();
        var ending = sessions.Where(session => hold.IsUnderWay(session.Account.Account)).ToList();
        sessions = [.. sessions.Except(ending)];
        try
        {
            await store.SaveAsync([.. sessions.Select(session => session.Save())], cancellationToken);
            Log.SessionsSaved(logger, sessions.Count);
        }
        catch (Exception e) when (e is StorageException)
        {
            Log.SessionsNotSaved(logger, e, sessions.Count);
            ending.AddRange(sessions);
        }

        foreach (var session in ending)
        {
            await session.EndAsync();
        }

        // Those whose time was up just before; then what waited behind any of them, or behind stored messages, and may be nowhere else.
        await services.Resumable.AllEndedAsync().WaitAsync(cancellationToken);
        await hold.AllEndedAsync().WaitAsync(cancellationToken);
    }

    /// <summary>Brings back what was saved; what is too old by now ends as it would have.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        var saved = await store.TakeAllAsync(cancellationToken);
        foreach (var one in saved)
        {
            try
            {
                services.Resumable.Add(services.Sessions.Restore(account => new ClientSession(services, account, one.Jid, one.Id, SessionState.Read(one.State)), one.Jid));
                services.Meters.SessionBound();
            }
            catch (Exception e)
            {
                // Whatever is wrong with it, a module's part included: the server starts, and the others come back.
                Log.SessionNotRestored(logger, e, one.Jid.ToString());
            }
        }

        if (saved.Count > 0)
        {
            Log.SessionsRestored(logger, saved.Count);
        }
    }
}
