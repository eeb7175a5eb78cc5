using System.Globalization;
using System.Net;
using Parley.Interop.Tests.Process;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Parley.</summary>
internal sealed class ParleyServer(ServerSetup setup) : TestedServer(setup)
{
    private ParleyProcess? _process;

    internal override IPEndPoint Clients => new(Setup.Place.Address, _process!.Port);

    internal override string Transcript => _process?.Transcript ?? "";

    internal override async Task StartAsync(CancellationToken cancellationToken)
    {
        var place = Setup.Place;
        var isDirect = Setup.Proof == ServerProof.DirectTls;
        var isByDialback = Setup.Proof == ServerProof.Dialback;
        _process = await ParleyProcess.StartAsync(
            cancellationToken,
            [
                "--domain", Domain, "--certificate", Setup.Certificate, "--resolver", Setup.Names.ToString(), "--allow-insecure",
                "--s2s-port", isDirect ? "off" : Text(place.Servers.Port), "--s2s-tls-port", isDirect ? Text(place.DirectTlsServers.Port) : "off",
            ],
            Setup.Directory,
            place.Address,
            new Dictionary<string, string>
            {
                ["Federation:Authorities"] = Setup.Authority,
                ["Federation:Policy:RequireCertificate"] = isByDialback ? "false" : "true",
                ["Federation:Policy:AllowDialback"] = isByDialback ? "true" : "false",

                // What is sent while the server goes finds its recipient gone; beyond this it would be in the archive alone.
                ["MaxOfflineMessages"] = "10000",

                // A server that comes back is found soon.
                ["Federation:RetryDelay"] = "00:00:00.1",
                ["Federation:MaxRetryDelay"] = "00:00:00.5",
            });
    }

    internal override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _process!.StopAsync(cancellationToken);
        await DisposeAsync();
    }

    internal override async Task KillAsync()
    {
        await _process!.KillAsync();
        await DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
