using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load;

/// <summary>What a scenario works with: whom to load, with how many, what to watch and where to write the figures.</summary>
internal sealed record LoadRun(Target Target, Target? Far, int Clients, int Parallel, ServerProcesses Server, ProcessTree Store, Report Report)
{
    /// <summary>Where a client is: each second one is at the far server, where there is one.</summary>
    public Target TargetOf(int index) => Far is not null && index % 2 == 1 ? Far : Target;
}
