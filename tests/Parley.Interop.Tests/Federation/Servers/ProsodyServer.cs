using Parley.Interop.Tests.Foreign;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Debian's Prosody.</summary>
/// <remarks>Its resolver is libunbound, which can be told whom to ask, with the port; without lua-unbound it would know port 53 alone.</remarks>
/// <param name="setup">What it is told.</param>
/// <param name="isManaged">Whether it has stream management (XEP-0198): on streams that begin with EXTERNAL, without resumption.</param>
internal sealed class ProsodyServer(ServerSetup setup, bool isManaged = false) : ForeignServer(setup)
{
    /// <summary>Not 0.12.</summary>
    internal override bool TellsWhoUnsubscribes => false;

    private protected override RunningProgram Run()
    {
        var prosody = ForeignClients.Find("prosody");
        Assert.SkipUnless(HasLibrary("lunbound.so"), "lua-unbound is not installed.");
        var data = Directory.CreateDirectory(Path.Combine(Setup.Directory, "data")).FullName;
        var place = Setup.Place;
        var isDirect = Setup.Proof == ServerProof.DirectTls;

        // Where dialback is not loaded, and a certificate is required, EXTERNAL alone is left for both directions.
        var isByDialback = Setup.Proof == ServerProof.Dialback;
        var configuration = Setup.Write("prosody.cfg.lua", $$"""
            run_as_root = true
            data_path = "{{data}}"
            pidfile = "{{data}}/prosody.pid"
            interfaces = { "{{place.Address}}" }
            c2s_ports = { {{place.Clients.Port}} }
            c2s_direct_tls_ports = { }
            s2s_ports = { {{(isDirect ? "" : place.Servers.Port)}} }
            s2s_direct_tls_ports = { {{(isDirect ? place.DirectTlsServers.Port : "")}} }
            unbound = { resolvconf = false, hoststxt = false, forward = { "{{Setup.Names.Address}}@{{Setup.Names.Port}}" }, options = { ["do-not-query-localhost:"] = "no" } }
            modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "register_ibr", "blocklist"{{(isByDialback ? ", \"dialback\"" : "")}}{{(isManaged ? ", \"smacks\"" : "")}} }
            ssl = { certificate = "{{Setup.Certificate}}", key = "{{Setup.Certificate}}", cafile = "{{Setup.Authority}}" }
            s2s_secure_auth = {{(isByDialback ? "false" : "true")}}
            c2s_require_encryption = false
            allow_unencrypted_plain_auth = true
            authentication = "internal_plain"
            allow_registration = true
            log = { {{Environment.GetEnvironmentVariable("PARLEY_PEER_LOG") ?? (isManaged ? "debug" : "info")}} = "*console" }
            VirtualHost "{{Domain}}"
            Component "{{place.Rooms}}" "muc"
            """);
        return RunningProgram.Start(prosody, ["-F", "--config", configuration]);
    }

    private static bool HasLibrary(string file) => Directory.GetDirectories("/usr/lib", "*-linux-gnu")
        .Select(static libraries => Path.Combine(libraries, "lua"))
        .Any(folder => Directory.Exists(folder) && Directory.EnumerateFiles(folder, file, SearchOption.AllDirectories).Any());

    // Hosts come in any order, and the ports of a service with the first host that wants it. Whoever connects before the last waits.
    private protected override async Task IsUpAsync(RunningProgram program, CancellationToken cancellationToken)
    {
        var isDirect = Setup.Proof == ServerProof.DirectTls;
        List<string> awaited = ["'c2s' on [", isDirect ? "'s2s_direct_tls' on [" : "'s2s' on [", $"{Domain}:tls ", $"{Setup.Place.Rooms}:tls "];
        await program.LineAsync(line => awaited.RemoveAll(part => line.Contains(part, StringComparison.Ordinal)) > 0 && awaited.Count == 0, cancellationToken);
    }
}
