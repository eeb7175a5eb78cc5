using Parley.Load.Connections;
using Parley.Load.Measurement;

namespace Parley.Load;

/// <summary>What a scenario works with: whom to load, with how many, what to watch and where to write the figures.</summary>
internal sealed record LoadRun(Target Target, int Clients, int Parallel, ServerProcesses Server, ProcessTree Store, Report Report);
