using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Server.Diagnostics;
using Parley.Server.Hosting;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>Removes from the archives, once an hour, what is too old or too much for its domain (XEP-0313 §3.2): the oldest messages, never one between others.</summary>
/// <remarks>In steps of 500 messages with a pause of a tenth of a second behind each, so that deliveries go on. Runs where a limit is set at all.</remarks>
internal sealed class RetentionSweep(
    IArchiveStore store, IOptions<XmppServerOptions> options, IEnumerable<IArchiveDomains> others, TimeProvider time, ILogger<RetentionSweep> logger)
    : IHostedService, IDisposable
{
    private const int Step = 500;
    private const int Owners = 100;
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly CancellationTokenSource _stopping = new();
    private Task _sweeping = Task.CompletedTask;

    private IEnumerable<string> Domains => options.Value.Domains.Concat(others.SelectMany(static other => other.Domains));

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Domains.Any(domain => options.Value.ArchiveLimitsOf(domain) != default))
        {
            _sweeping = RunAsync();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _sweeping.WaitAsync(cancellationToken);
    }

    public void Dispose() => _stopping.Dispose();

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                foreach (var domain in Domains)
                {
                    await SweepAsync(domain);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; the next one goes on.
        }
    }

    private async Task SweepAsync(string domain)
    {
        try
        {
            var limits = options.Value.ArchiveLimitsOf(domain);
            if (limits.MaxAge > TimeSpan.Zero)
            {
                var oldest = ArchiveId.At(time.GetUtcNow() - limits.MaxAge);
                await RepeatAsync(() => store.RemoveOldAsync(domain, oldest, Step, _stopping.Token));
            }

            if (limits.MaxMessages > 0)
            {
                await TrimAsync(domain, limits.MaxMessages);
            }
        }
        catch (StorageException e)
        {
            Log.SweepFailed(logger, e, domain);
        }
    }

    private async Task TrimAsync(string domain, int keep)
    {
        Jid? last = null;
        while (await store.OwnersAsync(domain, last, Owners, _stopping.Token) is { Count: > 0 } owners)
        {
            foreach (var owner in owners)
            {
                await RepeatAsync(() => store.TrimAsync(owner, keep, Step, _stopping.Token));
            }

            last = owners[^1];
        }
    }

    private async Task RepeatAsync(Func<ValueTask<int>> step)
    {
        while (await step() >= Step)
        {
            await Task.Delay(Pause, time, _stopping.Token);
        }
    }
}
