using Parley.Interop.Tests.Proxy;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>A Parley and another server on loopback, with a name server that tells each where the other is.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private readonly string _directory;
    private readonly DnsmasqServer _names;
    private readonly CertificateFolder _certificates;
    private readonly TestProxy[] _proxies;
    private int _people;

    private ServerPair(string directory, DnsmasqServer names, CertificateFolder certificates, TestProxy[] proxies, TestedServer here, TestedServer there)
    {
        _proxies = proxies;
        _directory = directory;
        _names = names;
        _certificates = certificates;
        Here = here;
        There = there;
    }

    /// <summary>Parley, of example.org.</summary>
    internal TestedServer Here { get; }

    /// <summary>The other, of example.net.</summary>
    internal TestedServer There { get; }

    /// <summary>What the name server was asked.</summary>
    internal string Names => _names.Transcript;

    /// <summary>Starts them.</summary>
    /// <param name="org">Where Parley is to be.</param>
    /// <param name="proof">How they talk.</param>
    /// <param name="create">The other.</param>
    /// <param name="mayBeCut">Whether their connections go through what cuts them (<see cref="Cut"/>).</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<ServerPair> StartAsync(ServerPlace org, ServerProof proof, Func<ServerSetup, TestedServer> create, bool mayBeCut, CancellationToken cancellationToken)
    {
        var net = new ServerPlace("example.net");
        var directory = Directory.CreateTempSubdirectory("parley-federation-").FullName;
        TestProxy[] proxies = mayBeCut ? [TestProxy.Start(org.ForServers(proof)), TestProxy.Start(net.ForServers(proof))] : [];
        var names = await DnsmasqServer.StartAsync([.. org.Records(proof, proxies.FirstOrDefault()?.Port), .. net.Records(proof, proxies.LastOrDefault()?.Port)], cancellationToken);
        var certificates = new CertificateFolder(directory);
        var pair = new ServerPair(directory, names, certificates, proxies, new ParleyServer(Setup(org)), create(Setup(net)));
        try
        {
            await Task.WhenAll(pair.There.StartAsync(cancellationToken), pair.Here.StartAsync(cancellationToken));
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }

        ServerSetup Setup(ServerPlace place) => new(
            place, proof, names.Address, Directory.CreateDirectory(Path.Combine(directory, place.Domain)).FullName, certificates.Issue(place, proof), certificates.Authority);
    }

    /// <summary>Somebody new at each server, logged in and available.</summary>
    internal async Task<(Person Alice, Person Bob)> MeetAsync(CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _people);
        return (await Person.RegisterAsync(Here, $"alice{number}", cancellationToken), await Person.RegisterAsync(There, $"bob{number}", cancellationToken));
    }

    /// <summary>Resets all connections between the two; new ones come about.</summary>
    internal void Cut() => Array.ForEach(_proxies, static proxy => proxy.Reset());

    public async ValueTask DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await _names.DisposeAsync();
        _certificates.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
