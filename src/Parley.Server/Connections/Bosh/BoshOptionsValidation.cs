using Microsoft.Extensions.Options;

namespace Parley.Server.Connections.Bosh;

/// <summary>Checks the options of BOSH when the server starts; each message names the key and what it takes.</summary>
internal sealed class BoshOptionsValidation : IValidateOptions<BoshOptions>
{
    private const int MaxSeconds = 65_535;

    public ValidateOptionsResult Validate(string? name, BoshOptions options)
    {
        var failures = new List<string>();
        Seconds(failures, nameof(options.MaxWait), options.MaxWait, 1);
        Seconds(failures, nameof(options.Inactivity), options.Inactivity, 1);
        Seconds(failures, nameof(options.PollingInactivity), options.PollingInactivity, 1);
        Seconds(failures, nameof(options.Polling), options.Polling, 0);
        Seconds(failures, nameof(options.MaxPause), options.MaxPause, 0);
        Within(failures, nameof(options.MaxHold), options.MaxHold, 1, 10);
        Within(failures, nameof(options.MaxRequestBytes), options.MaxRequestBytes, BoshRequestReader.MaxBytesBefore, 64 * 1024 * 1024);
        Within(failures, nameof(options.MaxKeptBytes), options.MaxKeptBytes, 0, 64 * 1024 * 1024);
        Within(failures, nameof(options.MaxSessions), options.MaxSessions, 1, int.MaxValue);
        Within(failures, nameof(options.MaxUnauthenticatedPerAddress), options.MaxUnauthenticatedPerAddress, 1, int.MaxValue);
        if (options.PollingInactivity <= options.Polling)
        {
            failures.Add($"{nameof(options.PollingInactivity)}: {options.PollingInactivity} is too short; it takes more than {nameof(options.Polling)} is ({options.Polling}).");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Seconds(List<string> failures, string key, TimeSpan value, int least)
    {
        if (value < TimeSpan.FromSeconds(least) || value > TimeSpan.FromSeconds(MaxSeconds) || value.Ticks % TimeSpan.TicksPerSecond != 0)
        {
            failures.Add($"{key}: {value} will not do; it takes whole seconds from {least} to {MaxSeconds}.");
        }
    }

    private static void Within(List<string> failures, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            failures.Add($"{key}: {value} will not do; it takes {least} to {most}.");
        }
    }
}
