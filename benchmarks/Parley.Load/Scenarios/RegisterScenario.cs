using System.CommandLine;
using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load.Scenarios;

/// <summary>Makes the accounts that the other scenarios use (XEP-0077); those that exist stay as they are.</summary>
internal static class RegisterScenario
{
    public static Command Command(LoadOptions options)
    {
        var command = new Command("register", "Register the accounts in-band.");
        options.Run(command, static (_, run, cancellation) => RunAsync(run, cancellation));
        return command;
    }

    private static async Task RunAsync(LoadRun run, CancellationToken cancellation)
    {
        var made = 0;
        var interval = new Interval(run.Server, run.Store);
        await Crowd.EachAsync(
            run,
            run.Clients,
            async (i, token) =>
            {
                if (await Negotiation.RegisterAsync(run.TargetOf(i), i, token))
                    Interlocked.Increment(ref made);
            },
            cancellation);
        run.Report.Add("registered", made);
        run.Report.Add("existed", run.Clients - made);
        run.Report.Add("seconds", interval.Seconds);
    }
}
