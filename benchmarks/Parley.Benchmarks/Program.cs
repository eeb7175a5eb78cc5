using BenchmarkDotNet.Running;
using Parley.Benchmarks;

if (args is ["archive", .. var rest])
    await ArchiveScenario.RunAsync(rest);
else
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
