using Microsoft.Extensions.Diagnostics.HealthChecks;
using Parley.Server.Storage;

namespace Parley.Web.Health;

/// <summary>Whether the store answers a question. Asked at most once a second, whoever wants to know.</summary>
internal sealed class StoreHealth(IAccountStore accounts, TimeProvider time) : IHealthCheck
{
    // A domain that nobody can host (RFC 6761 §6.4): it is looked for, and nothing is found.
    private const string NoDomain = "health.invalid";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);
    private readonly Lock _gate = new();
    private Task<HealthCheckResult>? _last;
    private Task? _question;
    private long _asked;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_last is null || (_last.IsCompleted && time.GetElapsedTime(_asked) >= Validity))
            {
                _asked = time.GetTimestamp();
                _last = AskAsync();
            }

            return _last.WaitAsync(cancellationToken);
        }
    }

    private async Task<HealthCheckResult> AskAsync()
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        try
        {
            // One question at a time, also when the store never answers.
            if (_question is null or { IsCompleted: true })
            {
                _question = FindNobodyAsync();
            }

            await _question.WaitAsync(timeout.Token);
            return HealthCheckResult.Healthy();
        }
        catch (OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"The store has not answered within {Timeout.TotalSeconds} seconds.");
        }
        catch (Exception e)
        {
            // What exactly is the log's to say: here anybody may read.
            return HealthCheckResult.Unhealthy("The store does not answer.", e);
        }
    }

    private async Task FindNobodyAsync()
    {
        await foreach (var _ in accounts.ListAsync(NoDomain, CancellationToken.None))
        {
            return;
        }
    }
}
