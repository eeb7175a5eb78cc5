using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Xml.Linq;
using Parley.Interop.Tests.Process;
using Parley.Interop.Tests.Wire;
using Xunit;

namespace Parley.Interop.Tests.Foreign;

/// <summary>Debian's biboumi as a component, connected to Debian's ngircd: somebody here and somebody on IRC talk in a channel and alone.</summary>
public sealed class BiboumiTests : IDisposable
{
    private const string Gateway = "irc.localhost";
    private const string Secret = "what both of us know";
    private readonly string _directory = Directory.CreateTempSubdirectory("parley-biboumi-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_user_talks_with_somebody_on_IRC()
    {
        using var time = new TestTime(60);
        var (ngircd, biboumi) = (ForeignClients.Find("ngircd"), ForeignClients.Find("biboumi"));

        // A loopback address of its own: gateways find IRC at its own port.
        var address = new IPAddress([127, .. RandomNumberGenerator.GetBytes(2), 7]);
        Assert.SkipUnless(IsFree(address), "Another IRC server listens on every address.");
        await using var irc = RunningProgram.Start(ngircd, ["--nodaemon", "--config", await ConfigureAsync("ngircd.conf", $"""
            [Global]
            Name = irc.example.net
            Info = IRC
            AdminInfo1 = nobody
            Listen = {address}
            Ports = 6667
            [Options]
            DNS = no
            Ident = no
            PAM = no
            """)]);
        await using var parley = await ParleyProcess.StartAsync(time.Token, ["--component", $"{Gateway}={Secret}"]);
        await irc.LineAsync(static line => line.Contains("ready.", StringComparison.Ordinal), time.Token);
        await using var gateway = RunningProgram.Start(biboumi, [await ConfigureAsync("biboumi.cfg", $"""
            hostname={Gateway}
            password={Secret}
            xmpp_server_ip=127.0.0.1
            port={parley.ComponentPort}
            fixed_irc_server={address}
            db_name={Path.Combine(_directory, "biboumi.sqlite")}
            log_level=1
            identd_port=0
            """)]);
        await gateway.LineAsync(static line => line.Contains("Authenticated with the XMPP server", StringComparison.Ordinal), time.Token);

        using var bob = await IrcUser.ConnectAsync(address, "bob", time.Token);
        await bob.SayAsync("JOIN #parley", time.Token);
        await bob.HearAsync(" JOIN ", time.Token);
        await using var alice = await StreamClient.ConnectAsync(parley.DirectTlsPort, time.Token, directTls: true);
        await alice.RegisterAsync("alice", time.Token);
        await alice.AuthenticateAsync("alice", time.Token);
        await alice.BindAsync(time.Token);
        await alice.SendAsync($"<presence/><presence to='#parley@{Gateway}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>", time.Token);
        await alice.ReadAsync(static stanza => IsPresence(stanza, "#parley@irc.localhost/bob", null), time.Token);
        await alice.ReadAsync(static stanza => IsPresence(stanza, "#parley@irc.localhost/alice", null), time.Token);
        await bob.HearAsync(":alice!", time.Token);

        await bob.SayAsync("PRIVMSG #parley :hello from <IRC> & \u00e6", time.Token);
        await HearAsync(alice, "groupchat", "#parley@irc.localhost/bob", "hello from <IRC> & \u00e6", time.Token);
        await alice.SendAsync($"<message to='#parley@{Gateway}' type='groupchat' id='1'><body>hello from &lt;XMPP&gt; &amp; \u00e6</body></message>", time.Token);
        Assert.StartsWith(":alice!", await bob.HearAsync("PRIVMSG #parley :hello from <XMPP> & \u00e6", time.Token), StringComparison.Ordinal);
        await HearAsync(alice, "groupchat", "#parley@irc.localhost/alice", "hello from <XMPP> & \u00e6", time.Token);

        await alice.SendAsync($"<message to='#parley@{Gateway}/bob' type='chat' id='2'><body>psst</body></message>", time.Token);
        await bob.HearAsync("PRIVMSG bob :psst", time.Token);
        await bob.SayAsync("PRIVMSG alice :what?", time.Token);
        await HearAsync(alice, "chat", "#parley@irc.localhost/bob", "what?", time.Token);

        // Whoever leaves without a word leaves the channel, too.
        await alice.DisposeAsync();
        Assert.StartsWith(":alice!", await bob.HearAsync(" PART ", time.Token), StringComparison.Ordinal);

        // A gateway that goes takes its rooms along.
        await using var again = await StreamClient.LogInAsync(parley.DirectTlsPort, "alice", time.Token, directTls: true);
        await again.SendAsync($"<presence/><presence to='#parley@{Gateway}/alice'><x xmlns='http://jabber.org/protocol/muc'/></presence>", time.Token);
        await again.ReadAsync(static stanza => IsPresence(stanza, "#parley@irc.localhost/alice", null), time.Token);
        await gateway.KillAsync();
        await again.ReadAsync(static stanza => stanza.Name.LocalName == "presence" && stanza.Attribute("type")?.Value == "unavailable", time.Token);
        await again.SendAsync($"<message to='#parley@{Gateway}' type='groupchat' id='3'><body>anybody?</body></message>", time.Token);
        var error = await again.ReadAsync(static stanza => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "error", time.Token);
        Assert.Equal("3", error.Attribute("id")?.Value);
    }

    private static bool IsFree(IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, 6667);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsPresence(XElement stanza, string from, string? type) =>
        stanza.Name.LocalName == "presence" && stanza.Attribute("from")?.Value == from && stanza.Attribute("type")?.Value == type;

    private static async Task HearAsync(StreamClient client, string type, string from, string body, CancellationToken cancellationToken)
    {
        var message = await client.ReadAsync(stanza => stanza.Element(StreamClient.Client + "body")?.Value == body, cancellationToken);
        Assert.Equal((type, from), (message.Attribute("type")?.Value, message.Attribute("from")?.Value));
    }

    private async Task<string> ConfigureAsync(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        await File.WriteAllTextAsync(path, text);
        return path;
    }
}
