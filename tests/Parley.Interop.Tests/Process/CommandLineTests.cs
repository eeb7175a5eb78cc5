using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Parley.Interop.Tests.Process;

/// <summary>What the program says and exits with, from outside.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-cli-").FullName;

    [Theory]
    [InlineData("frob", "'frob': there is no such command; see 'parley --help'.")]
    [InlineData("serve frob", "'frob': it is one argument too many; see 'parley serve --help'.")]
    [InlineData("serve --frob", "--frob: there is no such option; see 'parley serve --help'.")]
    [InlineData("serve --data", "--data: it takes DIR; see 'parley serve --help'.")]
    [InlineData("serve --data a --data b", "--data: it is given more than once; see 'parley serve --help'.")]
    [InlineData("user", "it takes a command: add, remove, password, list; see 'parley user --help'.")]
    [InlineData("user add", "it takes a JID; see 'parley user add --help'.")]
    [InlineData("user add --pasword x z@localhost", "--pasword: there is no such option; see 'parley user add --help'.")]
    [InlineData("user add --pasword=x z@localhost", "--pasword: there is no such option; see 'parley user add --help'.")]
    [InlineData("user list --bogus", "--bogus: there is no such option; see 'parley user list --help'.")]
    [InlineData("user list else.org", "Domains (--domain): else.org is not among them (localhost); give this command the options that the server has.")]
    [InlineData("user list b@d", "Domains (--domain): 'b@d' is not among them (localhost); give this command the options that the server has.")]
    [InlineData("serve --c2s-port abc", "C2sPort (--c2s-port): 'abc' is no port; it takes a number from 0 to 65535, or 'off'.")]
    [InlineData("serve --c2s-tls-port 65536", "C2sTlsPort (--c2s-tls-port): '65536' is no port; it takes a number from 0 to 65535, or 'off'.")]
    [InlineData("serve --bind nowhere", "Bind (--bind): 'nowhere' is no IP address; it takes one such as 127.0.0.1, 0.0.0.0 or ::.")]
    [InlineData("serve --domain a_b@c", "Domains (--domain): 'a_b@c' is no domain name; it takes a name such as 'example.org'.")]
    [InlineData("serve --domain ../x", "Domains (--domain): '../x' is no domain name; it takes a name such as 'example.org'.")]
    [InlineData("serve --domain a.org --domain a.org", "Domains (--domain): a domain is named twice.")]
    [InlineData("serve --log-level loud", "LogLevel (--log-level): 'loud' does not do; it takes any of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("serve --certificate nowhere.pem", "Certificates (--certificate): there is no file 'nowhere.pem'.")]
    [InlineData("serve --certificate conference.localhost=nowhere.pem", "Certificates (--certificate): there is no file 'nowhere.pem'.")]
    [InlineData("serve --certificate b.org=nowhere.pem", "Certificates (--certificate): b.org is not hosted; it takes a path, or DOMAIN=PATH for one of localhost, or for a domain below.")]
    [InlineData("serve --config nowhere.json", "Config (--config): cannot read 'nowhere.json': there is no such file.")]
    [InlineData("serve --config ", "Config (--config): it is empty; it takes a file.")]
    [InlineData("serve --config /", "Config (--config): cannot read '/': it is a directory.")]
    [InlineData("serve --data ", "Data (--data): it is empty or has control characters; it takes a text.")]
    [InlineData("user list --data ", "Data (--data): it is empty or has control characters; it takes a text.")]
    [InlineData("serve --c2s-port 7000 --c2s-tls-port 7000", "C2sPort (--c2s-port) and C2sTlsPort (--c2s-tls-port) both name port 7000.")]
    [InlineData("serve --c2s-port off --c2s-tls-port OFF --http-port off --https-port off", "C2sPort (--c2s-port), C2sTlsPort (--c2s-tls-port), HttpPort (--http-port) and HttpsPort (--https-port) are all 'off': there would be nothing to connect to.")]
    [InlineData("serve --domain LOCALHOST --log-level debug --c2s-port x", "C2sPort (--c2s-port): 'x' is no port; it takes a number from 0 to 65535, or 'off'.")]
    [InlineData("serve --component irc.localhost", "Components (--component): it takes DOMAIN=SECRET.")]
    [InlineData("serve --component irc.localhost=fifteen-bytes..", "Components:irc.localhost:Secret (--component): it is too short; it takes 16 bytes or more, such as 'openssl rand -hex 16' makes.")]
    [InlineData("serve --component localhost=sixteen-bytes...", "Components:localhost (--component): the server itself hosts that domain; it takes another, such as 'irc.localhost'.")]
    [InlineData("serve --component-port x", "ComponentPort (--component-port): 'x' is no port; it takes a number from 0 to 65535, or 'off'.")]
    [InlineData("serve --component-bind here", "ComponentBind (--component-bind): 'here' is no IP address; it takes one such as 127.0.0.1, 0.0.0.0 or ::.")]
    [InlineData("user add alice@else.org --domain EXAMPLE.org", "Domains (--domain): else.org is not among them (example.org); give this command the options that the server has.")]
    [InlineData("user add alice", "'alice' is no account; it takes a JID such as alice@example.org.")]
    [InlineData("user add alice@else.org", "Domains (--domain): else.org is not among them (localhost); give this command the options that the server has.")]
    [InlineData("user add alice@localhost --password ", "The password is empty.")]
    public async Task What_is_not_understood_is_told_in_a_line_and_exits_with_2(string arguments, string line)
    {
        var (exitCode, said) = await RunAsync(arguments.Split(' '));

        Assert.Equal(2, exitCode);
        // The first account of a directory says what it made before.
        Assert.Equal($"parley: {line}", said.Split('\n')[^1]);
    }

    [Theory]
    [InlineData("""{ "Frob": 1 }""", "Frob: there is no such key; docs/options.md lists them.")]
    [InlineData("""{ "StanzaLimits": { "MaxFrob": 1 } }""", "StanzaLimits:MaxFrob: there is no such key; docs/options.md lists them.")]
    [InlineData("""{ "maxResources": "many" }""", "MaxResources: 'many' does not do; it takes a whole number.")]
    [InlineData("""{ "Data": "" }""", "Data (--data): it is empty or has control characters; it takes a text.")]
    [InlineData("""{ "Data": "a\u0000b" }""", "Data (--data): it is empty or has control characters; it takes a text.")]
    [InlineData("""{ "Contacts": "x" }""", "Contacts: 'x' does not do; it takes an object.")]
    [InlineData("""{ "MaxResources": [1] }""", "MaxResources: it takes a whole number.")]
    [InlineData("""{ "AllowInsecure": "maybe" }""", "AllowInsecure (--allow-insecure): 'maybe' does not do; it takes true or false.")]
    [InlineData("""{ "Registration": "Some" }""", "Registration (--allow-registration): 'Some' does not do; it takes any of Closed, Loopback, Open.")]
    [InlineData("""{ "CloseTimeout": "soon" }""", "CloseTimeout: 'soon' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "CloseTimeout": "30" }""", "CloseTimeout: '30' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "ArchiveMaxAge": "48:00:00" }""", "ArchiveMaxAge: '48:00:00' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "ArchiveMaxAge": "2:00:00:00" }""", "ArchiveMaxAge: '2:00:00:00' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "IdleTimeout": "00:10" }""", "IdleTimeout: '00:10' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "IdleTimeout": "-00:00:01" }""", "IdleTimeout: '-00:00:01' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "ArchiveDefault": "Friends" }""", "ArchiveDefault (--archive): 'Friends' does not do; it takes any of Always, Roster, Never.")]
    [InlineData("""{ "ArchiveLimits": { "localhost": { "MaxFrob": 1 } } }""", "ArchiveLimits:localhost:MaxFrob: there is no such key; docs/options.md lists them.")]
    [InlineData("""{ "ArchiveLimits": { "localhost": { "MaxAge": "soon" } } }""", "ArchiveLimits:localhost:MaxAge: 'soon' does not do; it takes a time as d.hh:mm:ss, such as 00:01:30, or 2.00:00:00 for two days.")]
    [InlineData("""{ "ArchiveLimits": { "localhost": 1 } }""", "ArchiveLimits:localhost: '1' does not do; it takes an object.")]
    [InlineData("""{ "Components": { "irc.localhost": "a secret" } }""", "Components:irc.localhost (--component): it takes an object.")]
    [InlineData("""{ "Components": { "irc.localhost": { "Frob": 1 } } }""", "Components:irc.localhost:Frob: there is no such key; docs/options.md lists them.")]
    [InlineData("""{ "Components": { "irc.localhost": { "Secret": "" } } }""", "Components:irc.localhost:Secret (--component): it is empty or has control characters; it takes a text.")]
    [InlineData("""{ "Domains": { "a": "b" } }""", "Domains (--domain): it takes a list of texts.")]
    public async Task A_key_of_the_file_that_does_not_do_is_named(string json, string problem)
    {
        var file = Path.Combine(_directory, "parley.json");
        await File.WriteAllTextAsync(file, json, TestContext.Current.CancellationToken);

        var (exitCode, said) = await RunAsync(["serve", "--config", file]);

        Assert.Equal(2, exitCode);
        Assert.Equal($"parley: {file}: {problem}", said.Trim());
    }

    [Fact]
    public async Task A_file_that_is_no_JSON_is_told_in_a_line()
    {
        var file = Path.Combine(_directory, "parley.json");
        await File.WriteAllTextAsync(file, "{\n  nonsense", TestContext.Current.CancellationToken);

        var (exitCode, said) = await RunAsync(["serve", "--config", file]);

        Assert.Equal(2, exitCode);
        Assert.StartsWith($"parley: Config (--config): cannot read '{file}': line 2, column 3: ", Assert.Single(said.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PARLEY__FROB", "1", "PARLEY__FROB: there is no such key; docs/options.md lists them.")]
    [InlineData("PARLEY__WEB__ALLOWED_ORIGIN", "*", "PARLEY__WEB__ALLOWEDORIGIN: there is no such key; docs/options.md lists them.")]
    [InlineData("PARLEY_C2S_PORT", "0", "PARLEY_C2S_PORT: it takes two underscores: PARLEY__C2S_PORT.")]
    [InlineData("PARLEY__DATA", "", "PARLEY__Data (--data): it is empty or has control characters; it takes a text.")]
    public async Task A_variable_of_the_environment_that_does_not_do_is_named(string name, string value, string problem)
    {
        var (exitCode, said) = await RunAsync(["serve"], environment: new() { [name] = value });

        Assert.Equal(2, exitCode);
        Assert.Equal($"parley: {problem}", said.Trim());
    }

    [Fact]
    public async Task A_port_in_use_is_told_in_a_line_with_the_option_to_change()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (exitCode, said) = await RunAsync(
            ["serve", "--data", _directory, "--bind", "127.0.0.1", "--c2s-port", $"{((IPEndPoint)taken.LocalEndpoint).Port}", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0"]);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            $"parley: {taken.LocalEndpoint} is in use by another program; stop it, or choose another port with C2sPort (--c2s-port).", said.Trim());
    }

    [Fact]
    public async Task Components_are_listened_for_where_there_are_any()
    {
        var file = Path.Combine(_directory, "parley.json");
        await File.WriteAllTextAsync(
            file,
            """
            {
              "ComponentPort": "0", "ComponentBind": ["127.0.0.1"],
              "Components": { "pubsub.localhost": { "Secret": "what both of us know", "Privileges": { "Roster": "both", "IqSet": ["http://jabber.org/protocol/pubsub", "urn:x"] } } }
            }
            """,
            TestContext.Current.CancellationToken);
        await using var program = RunningProgram.Start(
            "dotnet",
            [Repository.Parley, "serve", "--config", file, "--data", _directory, "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "off", "--https-port", "off", "--component", "irc.localhost=and another secret"]);
        using var time = new TestTime(20);

        await program.LineAsync(static line => line == "components   pubsub.localhost, irc.localhost" || line == "components   irc.localhost, pubsub.localhost", time.Token);
        await program.LineAsync(static line => line.StartsWith("listening component 127.0.0.1:", StringComparison.Ordinal), time.Token);
        await program.LineAsync(static line => line == "ready", time.Token);
        Assert.DoesNotContain("what both of us know", program.Transcript, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_line_wins_over_the_environment_and_that_over_the_file()
    {
        var file = Path.Combine(_directory, "parley.json");
        await File.WriteAllTextAsync(
            file, """{ "Domains": ["file.org", "second.org"], "C2sPort": "off", "Registration": "Open", "MaxResources": 3 }""", TestContext.Current.CancellationToken);
        await using var program = RunningProgram.Start(
            "dotnet",
            [Repository.Parley, "serve", "--config", file, "--data", _directory, "--domain", "flag.org", "--bind", "127.0.0.1", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0", "--s2s-port", "0", "--s2s-tls-port", "0"],
            new Dictionary<string, string> { ["PARLEY__C2S_PORT"] = "0", ["PARLEY__DOMAINS"] = "environment.org,other.org", ["PARLEY_PROGRAM"] = "./parley" });
        using var time = new TestTime(20);

        await program.LineAsync(static line => line == "domains      flag.org", time.Token);
        await program.LineAsync(static line => line == "registration open to anybody (--allow-registration)", time.Token);
        await program.LineAsync(
            line => line == $"next         add an account:  ./parley user add NAME@flag.org --config {file} --domain flag.org --data {_directory}", time.Token);
        await program.LineAsync(static line => line.StartsWith("listening c2s 127.0.0.1:", StringComparison.Ordinal), time.Token);
        await program.LineAsync(static line => line == "ready", time.Token);
    }

    [Fact]
    public async Task The_addresses_that_the_start_says_are_listened_on()
    {
        await using var program = RunningProgram.Start(
            "dotnet", [Repository.Parley, "serve", "--data", _directory, "--bind", "127.0.0.2", "--c2s-port", "0", "--c2s-tls-port", "off", "--http-port", "0", "--https-port", "off"]);
        using var time = new TestTime(20);

        var web = await program.LineAsync(static line => line.StartsWith("web          http://127.0.0.2:", StringComparison.Ordinal), time.Token);
        await program.LineAsync(static line => line.Contains("as NAME@localhost, server 127.0.0.2, port ", StringComparison.Ordinal), time.Token);
        await program.LineAsync(static line => line == "ready", time.Token);
        using var client = new HttpClient();
        Assert.Contains("\"ok\"", await client.GetStringAsync(new Uri(new Uri(web.Split(' ')[^1]), "health"), time.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_start_makes_what_only_its_owner_may_read()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await using var server = await StartAsync();

        const UnixFileMode File = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(File | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.Combine(_directory, "data")));
        Assert.Equal(File | UnixFileMode.UserExecute, System.IO.File.GetUnixFileMode(Path.Combine(_directory, "data", "certificates")));
        Assert.Equal(File, System.IO.File.GetUnixFileMode(Path.Combine(_directory, "data", "certificates", "localhost.key")));
        Assert.Equal(File, System.IO.File.GetUnixFileMode(Path.Combine(_directory, "data", "parley.db")));
    }

    [Fact]
    public async Task Accounts_are_managed_while_the_server_runs()
    {
        await using var server = await StartAsync();
        string[] data = ["--data", Path.Combine(_directory, "data")];

        Assert.Equal((0, "added alice@localhost"), await RunAsync(["user", "add", "alice@localhost", "--password", "one", .. data]));
        Assert.Equal((0, "added bob@localhost"), await RunAsync(["user", "add", "bob@localhost", .. data], input: "two\n"));
        Assert.Equal(
            (1, "parley: bob@localhost exists; 'parley user password bob@localhost' changes its password."),
            await RunAsync(["user", "add", "bob@localhost", "--password", "x", .. data]));
        Assert.Equal((0, "changed the password of bob@localhost"), await RunAsync(["user", "password", "bob@localhost", "--password", "x", .. data]));
        Assert.Equal((0, "alice@localhost\nbob@localhost"), await RunAsync(["user", "list", .. data]));
        Assert.Equal((0, "removed bob@localhost"), await RunAsync(["user", "remove", "bob@localhost", .. data]));
        Assert.Equal((1, "parley: There is no account bob@localhost."), await RunAsync(["user", "remove", "bob@localhost", .. data]));
        Assert.Equal((0, "alice@localhost"), await RunAsync(["user", "list", "localhost", .. data]));
    }

    [Fact]
    public async Task A_database_is_made_by_the_first_account_and_by_no_other_command()
    {
        var data = Path.Combine(_directory, "new");
        var database = Path.Combine(data, "parley.db");
        foreach (var arguments in new string[][] { ["list"], ["password", "alice@localhost"], ["remove", "alice@localhost"] })
        {
            Assert.Equal(
                (1, $"parley: There is no database {database}; the server's data directory is named with Data (--data), its store with Store (--store)."),
                await RunAsync(["user", .. arguments, "--data", data]));
        }

        Assert.Equal(2, (await RunAsync(["user", "add", "alice@else.org", "--data", data])).ExitCode);
        Assert.False(Directory.Exists(data));
        Assert.Equal((0, $"created {database}\nadded alice@localhost"), await RunAsync(["user", "add", "alice@localhost", "--password", "one", "--data", data]));
        Assert.Equal((0, "added -@localhost"), await RunAsync(["user", "add", "-@localhost", "--password", "-x", "--data", data]));
    }

    [Fact]
    public async Task A_data_directory_has_one_server_at_a_time()
    {
        await using var server = await StartAsync();
        var data = Path.Combine(_directory, "data");

        Assert.Equal(
            (1, $"parley: {data} is in use by a running server (pid {server.Id}); stop it, or choose another directory."),
            await RunAsync(["serve", "--data", data, "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0"]));
        await server.KillAsync();
        await using var next = await StartAsync();
    }

    [Fact]
    public async Task A_hangup_says_what_was_read_again()
    {
        var file = Path.Combine(_directory, "parley.json");
        await File.WriteAllTextAsync(file, "{}", TestContext.Current.CancellationToken);
        await using var server = await StartAsync("--config", file, "--log-level", "information");
        using var time = new TestTime(20);

        await server.SignalAsync("HUP");
        await server.SaysAsync("The log level is Information, pinned by --log-level", time.Token);
        await server.SaysAsync("The certificate of localhost was read again and is the same", time.Token);

        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "data", "certificates", "localhost.pem"), "none", TestContext.Current.CancellationToken);
        await server.SignalAsync("HUP");
        await server.SaysAsync("The configuration stays as it was: Config (--config): cannot read", time.Token);
        await server.SaysAsync("The certificate in use stays: ", time.Token);
        Assert.Single(server.Transcript.Split('\n'), static line => line.Contains("The log level is", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_ends_with_success_when_it_is_told_to()
    {
        await using var server = await StartAsync();
        using var time = new TestTime(20);

        await server.SignalAsync("TERM");

        Assert.Equal(0, (await server.EndAsync(time.Token)).ExitCode);
    }

    [Fact]
    public async Task Help_and_version_are_told_with_success()
    {
        var (exitCode, help) = await RunAsync(["serve", "--help"]);

        Assert.Equal(0, exitCode);
        Assert.Contains("--c2s-port <PORT>", help, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync([])).ExitCode);
        Assert.DoesNotContain("--c2s-port", (await RunAsync(["user", "add", "--help"])).Said, StringComparison.Ordinal);
        var version = await RunAsync(["version"]);
        Assert.StartsWith("parley ", version.Said, StringComparison.Ordinal);
        Assert.Equal(version, await RunAsync(["--version"]));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private async Task<RunningProgram> StartAsync(params string[] options)
    {
        var program = RunningProgram.Start(
            "dotnet", [Repository.Parley, "serve", "--data", Path.Combine(_directory, "data"), "--bind", "127.0.0.1", "--c2s-port", "0", "--c2s-tls-port", "0", "--http-port", "0", "--https-port", "0", .. options]);
        using var time = new TestTime(20);
        await program.LineAsync(static line => line == "ready", time.Token);
        return program;
    }

    private static async Task<(int ExitCode, string Said)> RunAsync(string[] arguments, string input = "", Dictionary<string, string>? environment = null)
    {
        await using var program = RunningProgram.Start("dotnet", [Repository.Parley, .. arguments], environment);
        using var time = new TestTime(20);
        await program.InputAsync(input, time.Token);
        var (exitCode, _) = await program.EndAsync(time.Token);
        return (exitCode, program.Transcript.Trim());
    }
}
