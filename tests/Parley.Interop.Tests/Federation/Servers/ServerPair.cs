namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>A Parley and another server on loopback, with a name server that tells each where the other is.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private readonly string _directory;
    private readonly DnsmasqServer _names;
    private readonly CertificateFolder _certificates;
    private int _people;

    private ServerPair(string directory, DnsmasqServer names, CertificateFolder certificates, TestedServer here, TestedServer there)
    {
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

    internal static async Task<ServerPair> StartAsync(ServerPlace org, ServerProof proof, Func<ServerSetup, TestedServer> create, CancellationToken cancellationToken)
    {
        var net = new ServerPlace("example.net");
        var directory = Directory.CreateTempSubdirectory("parley-federation-").FullName;
        var names = await DnsmasqServer.StartAsync([.. org.Records(proof), .. net.Records(proof)], cancellationToken);
        var certificates = new CertificateFolder(directory);
        var pair = new ServerPair(directory, names, certificates, new ParleyServer(Setup(org)), create(Setup(net)));
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

    public async ValueTask DisposeAsync()
    {
        await Here.DisposeAsync();
        await There.DisposeAsync();
        await _names.DisposeAsync();
        _certificates.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
