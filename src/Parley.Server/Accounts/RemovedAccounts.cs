using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Accounts;

/// <summary>Ends the streams of accounts that another process has removed, such as <c>parley user remove</c>, within seconds.</summary>
/// <remarks>What is in memory of any account is then read anew: one that was removed may have been made again, for somebody else.</remarks>
internal sealed class RemovedAccounts(
    IForeignWrites foreignWrites,
    IAccountStore accounts,
    IEnumerable<IStorageCache> caches,
    OpenStreams streams,
    Heartbeat heartbeat,
    ILogger<RemovedAccounts> logger)
    : IHostedService, IHeartbeatTarget
{
    private long _version;
    private Task _check = Task.CompletedTask;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _version = await foreignWrites.VersionAsync(cancellationToken);
        heartbeat.Add(this);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        heartbeat.Remove(this);
        return _check.WaitAsync(cancellationToken);
    }

    void IHeartbeatTarget.OnHeartbeat(long timestamp)
    {
        if (_check.IsCompleted)
        {
            _check = CheckAsync();
        }
    }

    private async Task CheckAsync()
    {
        try
        {
            var version = await foreignWrites.VersionAsync(CancellationToken.None);
            if (version != _version)
            {
                foreach (var cache in caches)
                {
                    cache.Forget();
                }

                await EndRemovedAsync();
                _version = version;
            }
        }
        catch (StorageException)
        {
            // The store itself tells that it fails. The version stays: what was missed is looked for at the next beat.
        }
        catch (Exception e)
        {
            Log.RemovedAccountsUnknown(logger, e);
        }
    }

    private async Task EndRemovedAsync()
    {
        foreach (var account in streams.OfType<ClientStream>().Select(static stream => stream.Account).OfType<Jid>().ToHashSet())
        {
            if (await accounts.ExistsAsync(account, CancellationToken.None))
            {
                continue;
            }

            foreach (var stream in streams.OfType<ClientStream>().Where(stream => account.Equals(stream.Account)))
            {
                stream.Terminate(new StreamException(StreamErrorCondition.NotAuthorized, "The account is removed."));
            }
        }
    }
}
