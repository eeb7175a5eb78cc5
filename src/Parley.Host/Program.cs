using Parley.Host;

return await CommandLine.RunAsync(args);
