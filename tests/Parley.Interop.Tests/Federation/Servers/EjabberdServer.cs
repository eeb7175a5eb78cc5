using Parley.Interop.Tests.Foreign;
using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Debian's ejabberd, without its script: that wants a user of its own, a node's name, and the port mapper that a name needs.</summary>
/// <remarks>
/// Erlang's resolver, which asks for SRV records, reads whom to ask, with the port, from the file that ERL_INETRC names. For addresses ejabberd calls getaddrinfo, which cannot be told that;
/// so the host of who is to be found by it is localhost.
/// </remarks>
internal sealed class EjabberdServer(ServerSetup setup) : ForeignServer(setup)
{
    private protected override RunningProgram Run()
    {
        var erl = ForeignClients.Find("erl");
        var libraries = Directory.GetDirectories("/usr/lib", "*-linux-gnu").FirstOrDefault(static folder => Directory.GetDirectories(folder, "ejabberd-*").Length > 0);
        Assert.SkipWhen(libraries is null, "ejabberd is not installed.");
        var place = Setup.Place;
        var isDirect = Setup.Proof == ServerProof.DirectTls;
        var names = Setup.Write("inetrc", $$"""
            {resolv_conf, ""}.
            {hosts_file, ""}.
            {lookup, [dns]}.
            {nameserver, { {{Setup.Names.Address.ToString().Replace('.', ',')}} }, {{Setup.Names.Port}}}.
            """);
        var configuration = Setup.Write("ejabberd.yml", $"""
            hosts: ["{Domain}"]
            loglevel: {Environment.GetEnvironmentVariable("PARLEY_PEER_LOG") ?? "info"}
            log_rotate_count: 0
            certfiles: ["{Setup.Certificate}"]
            ca_file: "{Setup.Authority}"
            s2s_use_starttls: required
            outgoing_s2s_families: [ipv4]
            s2s_max_retry_delay: 1
            registration_timeout: infinity
            acme:
              auto: false
            listen:
              -
                port: {place.Clients.Port}
                ip: "{place.Address}"
                module: ejabberd_c2s
                access: all
                shaper: none
              -
                port: {(isDirect ? place.DirectTlsServers.Port : place.Servers.Port)}
                ip: "{place.Address}"
                module: ejabberd_s2s_in
                shaper: none
                tls: {(isDirect ? "true" : "false")}
            modules:
              mod_roster: {"{}"}
              mod_disco: {"{}"}
              mod_ping: {"{}"}
              mod_offline: {"{}"}
              mod_blocking: {"{}"}
              mod_privacy: {"{}"}
              mod_muc: {"{}"}
              mod_register:
                access: all
                ip_access: all
                welcome_message: {"{}"}
              {(Setup.Proof == ServerProof.Dialback ? "mod_s2s_dialback: {}" : "")}
            """);
        return RunningProgram.Start(
            erl,
            ["+K", "true", "-noinput", "-mnesia", "dir", $"\"{Path.Combine(Setup.Directory, "spool")}\"", "-s", "ejabberd"],
            new Dictionary<string, string>
            {
                ["EJABBERD_CONFIG_PATH"] = configuration,
                ["EJABBERD_LOG_PATH"] = Path.Combine(Setup.Directory, "ejabberd.log"),
                ["ERL_CRASH_DUMP"] = Path.Combine(Setup.Directory, "crash.dump"),
                ["ERL_INETRC"] = names,
                ["ERL_LIBS"] = libraries,
                ["HOME"] = Setup.Directory,
            });
    }

    private protected override async Task IsUpAsync(RunningProgram program, CancellationToken cancellationToken) =>
        await program.LineAsync(static line => line.Contains("is started in the node", StringComparison.Ordinal), cancellationToken);
}
