using System.Net;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>One of two servers that talk with each other: a process with a domain, that can be stopped and started again.</summary>
internal abstract class TestedServer(ServerSetup setup) : IAsyncDisposable
{
    internal ServerSetup Setup { get; } = setup;

    internal string Domain => Setup.Place.Domain;

    /// <summary>Where clients connect, without TLS.</summary>
    internal virtual IPEndPoint Clients => Setup.Place.Clients;

    /// <summary>Whether it sends unavailable presence to who no longer wants any (RFC 6121 §3.3.3).</summary>
    internal virtual bool TellsWhoUnsubscribes => true;

    /// <summary>All it has said since it was started last.</summary>
    internal abstract string Transcript { get; }

    /// <summary>Starts it, and waits until it listens.</summary>
    internal abstract Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Stops it as an operator does, and waits for its end.</summary>
    internal abstract Task StopAsync(CancellationToken cancellationToken);

    /// <summary>Ends it by SIGKILL.</summary>
    internal abstract Task KillAsync();

    public abstract ValueTask DisposeAsync();
}
