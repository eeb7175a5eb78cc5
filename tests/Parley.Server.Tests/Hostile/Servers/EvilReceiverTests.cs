using Parley.Protocol;
using Parley.Server.Hosting;
using Parley.Server.Tests.Federation;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile.Servers;

/// <summary>Servers that this one connects to, and that stall, refuse, redirect, or answer late: who wrote there is told in time, and nothing else comes of it.</summary>
public class EvilReceiverTests
{
    private const string Host = EvilNetwork.Host;

    /// <summary>Where a server falls silent.</summary>
    public enum Silence
    {
        /// <summary>It takes the connection.</summary>
        Connected,

        /// <summary>It sends a header, and no features.</summary>
        Header,

        /// <summary>Its features never end.</summary>
        Features,

        /// <summary>It does not answer STARTTLS.</summary>
        Proceed,

        /// <summary>It agrees to TLS, and does no more.</summary>
        Handshake,

        /// <summary>It sends half of TLS.</summary>
        HalfHandshake,

        /// <summary>It does not answer the key.</summary>
        Key,

        /// <summary>It does not answer EXTERNAL.</summary>
        External,

        /// <summary>It takes EXTERNAL, and opens no stream behind it.</summary>
        Restart,
    }

    public static TheoryData<Link, Silence> Silences => new()
    {
        { Link.Plain, Silence.Connected },
        { Link.StartTls, Silence.Connected },
        { Link.DirectTls, Silence.Connected },
        { Link.Plain, Silence.Header },
        { Link.StartTls, Silence.Header },
        { Link.DirectTls, Silence.Header },
        { Link.Plain, Silence.Features },
        { Link.StartTls, Silence.Features },
        { Link.DirectTls, Silence.Features },
        { Link.StartTls, Silence.Proceed },
        { Link.StartTls, Silence.Handshake },
        { Link.StartTls, Silence.HalfHandshake },
        { Link.DirectTls, Silence.HalfHandshake },
        { Link.Plain, Silence.Key },
        { Link.StartTls, Silence.Key },
        { Link.DirectTls, Silence.Key },
        { Link.StartTls, Silence.External },
        { Link.DirectTls, Silence.External },
        { Link.StartTls, Silence.Restart },
        { Link.DirectTls, Silence.Restart },
    };

    [Theory]
    [MemberData(nameof(Silences))]
    public async Task A_server_that_falls_silent_is_waited_for_so_long_and_no_longer(Link link, Silence silence)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await OutboundTableTests.WriteAsync(network, link);
        var stream = await FallSilentAsync(network[link], silence);

        network.Server.Time.Advance(TimeSpan.FromSeconds(61));
        network.Server.Time.Advance(TimeSpan.FromSeconds(10));

        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        await romeo.ExpectNothingAsync();
        await network.NobodyNoticedAsync();
        if (silence != Silence.Key)
        {
            // One that only does not answer a key may answer others.
            await stream.ExpectEndAsync();
        }
    }

    [Theory]
    [InlineData("<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>directtls.example:5270</see-other-host></stream:error></stream:stream>", "remote-server-timeout")]
    [InlineData("<stream:error><host-gone xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>", "remote-server-timeout")]
    [InlineData("<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>", "remote-server-not-found")]
    [InlineData("<stream:error/>", "remote-server-timeout")]
    [InlineData("</stream:stream>", "remote-server-timeout")]
    public async Task An_error_in_the_middle_of_dialback_is_told_and_leads_nowhere_else(string error, string condition)
    {
        foreach (var link in Enum.GetValues<Link>())
        {
            await using var network = await EvilNetwork.StartAsync();
            var romeo = await OutboundTableTests.WriteAsync(network, link);
            var stream = await network[link].AcceptAsync();
            await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));

            await stream.SendAsync(error);

            await stream.ExpectCloseAsync();
            (await romeo.MessageAsync()).IsError(condition, condition == "remote-server-timeout" ? "wait" : "cancel");
            await romeo.ExpectNothingAsync();
            await network.NobodyNoticedAsync();
            Assert.Equal(1, network.Connections);
        }
    }

    [Theory]
    [InlineData("valid")]
    [InlineData("invalid")]
    [InlineData("error")]
    public async Task An_answer_to_a_key_that_comes_too_late_sends_nothing_that_was_given_back(string type)
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await OutboundTableTests.WriteAsync(network, Link.StartTls);
        var stream = await network[Link.StartTls].AcceptAsync();
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        network.Server.Time.Advance(TimeSpan.FromSeconds(61));
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");

        var answer = $"<db:result from='starttls.example' to='{Host}' type='{type}'/>";
        await stream.SendAsync(answer + answer);

        await stream.ExpectStreamErrorAsync("invalid-xml");
        await romeo.ExpectNothingAsync();
        await network.NobodyNoticedAsync();
    }

    [Fact]
    public async Task What_another_says_of_itself_does_not_grow_in_what_is_given_back()
    {
        await using var network = await EvilNetwork.StartAsync();
        var romeo = await network.Server.LoginAsync($"romeo@{Host}/garden");
        var other = await network.Server.LoginAsync($"romeo@{EvilNetwork.OtherHost}/garden");
        await romeo.SendAsync("<message id='1' to='m@starttls.example'><body>x</body></message>");
        var stream = await network[Link.StartTls].AcceptAsync();
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        await stream.SendAsync($"<db:result from='starttls.example' to='{Host}' type='valid'/>");
        await stream.MessageAsync();

        // From here on it may send what is large.
        await other.SendAsync("<message id='2' to='m@starttls.example'><body>x</body></message>");
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        await stream.SendAsync(
            $"<db:result from='starttls.example' to='{EvilNetwork.OtherHost}' type='error'><error type='cancel'><{new string('x', 100_000)} xmlns='{Namespaces.StanzaErrors}'/></error></db:result>");

        var error = await other.MessageAsync();
        error.IsError("remote-server-timeout", "wait");
        Assert.InRange(error.ToText().Length, 1, 1000);
    }

    [Theory]
    [InlineData(Link.StartTls)]
    [InlineData(Link.DirectTls)]
    public async Task EXTERNAL_that_is_offered_to_be_refused_leads_to_dialback_and_success_counts_for_its_domain(Link link)
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[link];
        var romeo = await OutboundTableTests.WriteAsync(network, link);
        var stream = await evil.AcceptAsync($"<mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms>{EvilServer.DialbackFeature}");
        Assert.True((await stream.ReceiveAsync()).Is("auth", Namespaces.Sasl));
        await stream.SendAsync($"<success xmlns='{Namespaces.Sasl}'/>");
        stream.ExpectHeader();
        await stream.ReceiveHeaderAsync();
        await stream.SendAsync(evil.Header("2") + $"<stream:features>{EvilServer.DialbackFeature}</stream:features>");
        Assert.Equal("1", (await stream.MessageAsync()).Attribute("id"));

        // Another domain of ours has to prove itself all the same.
        var other = await network.Server.LoginAsync($"romeo@{EvilNetwork.OtherHost}/garden");
        await other.SendAsync($"<message id='2' to='m@{evil.Domain}'/>");
        Assert.Equal(EvilNetwork.OtherHost, (await stream.ReceiveAsync()).Attribute("from"));

        // And a second success opens nothing.
        await stream.SendAsync($"<success xmlns='{Namespaces.Sasl}'/>");
        await stream.ExpectStreamErrorAsync("unsupported-stanza-type");

        // A stream that was of use is opened again, once.
        await (await evil.AcceptAsync(from: EvilNetwork.OtherHost)).SendAsync("</stream:stream>");
        (await other.MessageAsync()).IsError("remote-server-timeout", "wait");
        await romeo.ExpectNothingAsync();
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><stream:features/>", "policy-violation")]
    [InlineData("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type")]
    [InlineData("<stream:features/>", "unsupported-stanza-type")]
    [InlineData("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", "unsupported-stanza-type")]
    [InlineData("<db:result from='starttls.example' to='example.org' type='valid'/>", "invalid-xml")]
    public async Task Nothing_goes_past_TLS(string answer, string condition)
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[Link.StartTls];
        var romeo = await OutboundTableTests.WriteAsync(network, Link.StartTls);
        var stream = await evil.AcceptBareAsync();
        await stream.ReceiveHeaderAsync();
        await stream.SendAsync(evil.Header() + $"<stream:features><starttls xmlns='{Namespaces.Tls}'/>{EvilServer.DialbackFeature}</stream:features>");
        Assert.True((await stream.ReceiveAsync()).Is("starttls", Namespaces.Tls));

        await stream.SendAsync(answer);

        await stream.ExpectStreamErrorAsync(condition);
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("<dialback xmlns='urn:xmpp:features:dialback'/>")]
    [InlineData("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism></mechanisms>")]
    public async Task A_server_that_takes_the_offer_of_TLS_away_gets_no_key_and_no_stanza(string features)
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[Link.StartTls];
        var romeo = await OutboundTableTests.WriteAsync(network, Link.StartTls);
        var stream = await evil.AcceptBareAsync();
        await stream.ReceiveHeaderAsync();

        await stream.SendAsync(evil.Header() + $"<stream:features>{features}</stream:features>");

        await stream.ExpectCloseAsync();
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        await network.NobodyNoticedAsync();
    }

    [Theory]
    [InlineData(Link.StartTls, true)]
    [InlineData(Link.DirectTls, true)]
    [InlineData(Link.StartTls, false)]
    [InlineData(Link.DirectTls, false)]
    public async Task What_is_no_TLS_ends_the_connection(Link link, bool isAlert)
    {
        await using var network = await EvilNetwork.StartAsync();
        var evil = network[link];
        var romeo = await OutboundTableTests.WriteAsync(network, link);
        var stream = await evil.AcceptBareAsync();
        if (link == Link.StartTls)
        {
            await stream.ReceiveHeaderAsync();
            await stream.SendAsync(evil.Header() + $"<stream:features><starttls xmlns='{Namespaces.Tls}'/></stream:features>");
            await stream.ReceiveAsync();
            await stream.SendAsync($"<proceed xmlns='{Namespaces.Tls}'/>");
        }


        // Somebody's other service; or the end of TLS where it should begin.
        await stream.SendAsync(isAlert ? [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28] : "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        if (!isAlert)
        {
            stream.EndSending();
        }

        await stream.ExpectEndAsync();
        (await romeo.MessageAsync()).IsError("remote-server-timeout", "wait");
        await network.NobodyNoticedAsync();
    }

    // It reads nothing: what waits for it is bounded, and who wrote is told.
    [Fact]
    public async Task A_server_that_never_reads_is_cut_off()
    {
        await using var network = await EvilNetwork.StartAsync(static options => options.Federation.MaxQueuedBytes = options.Federation.MaxUnacknowledgedBytes = 256 * 1024);
        var romeo = await OutboundTableTests.WriteAsync(network, Link.DirectTls, "first");
        var stream = await network[Link.DirectTls].AcceptAsync();
        await stream.ReceiveAsync(static element => element.Is("result", ServerPeer.Dialback));
        await stream.SendAsync($"<db:result from='directtls.example' to='{Host}' type='valid'/>");
        await stream.MessageAsync();

        // What is being sent is beside what waits: all that waits may have left the queue once.
        var body = new string('x', 50_000);
        for (var i = 0; i < 40; i++)
        {
            await romeo.SendAsync($"<message id='{i}' to='m@directtls.example'><body>{body}</body></message>");
        }

        await romeo.BarrierAsync();
        Assert.True(stream.Connection.IsAborted);
        await network.NobodyNoticedAsync();
    }

    private static async Task<TestClient> FallSilentAsync(EvilServer evil, Silence silence)
    {
        if (silence is Silence.Connected or Silence.Proceed or Silence.Handshake || silence == Silence.HalfHandshake)
        {
            // A connection may be there before the stream is whose time is to pass.
            var bare = await evil.AcceptBareAsync();
            await bare.BeginReceivingAsync();
            if (silence is not Silence.Connected && evil.Link == Link.StartTls)
            {
                await bare.ReceiveHeaderAsync();
                await bare.SendAsync(evil.Header() + $"<stream:features><starttls xmlns='{Namespaces.Tls}'/></stream:features>");
                await bare.ReceiveAsync();
                await bare.SendAsync(silence == Silence.Proceed ? " " : $"<proceed xmlns='{Namespaces.Tls}'/>");
            }

            if (silence == Silence.HalfHandshake)
            {
                // The beginning of a record that never ends.
                await bare.SendAsync(new byte[] { 0x16, 0x03, 0x03, 0x10, 0x00, 0x02 });
            }

            return bare;
        }

        if (silence is Silence.Header or Silence.Features)
        {
            var half = await evil.AcceptHeaderAsync();
            await half.SendAsync(evil.Header() + (silence == Silence.Features ? "<stream:features><x>" : ""));
            return half;
        }

        var stream = await evil.AcceptAsync(
            (silence == Silence.Key ? "" : $"<mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms>") + EvilServer.DialbackFeature);
        await stream.ReceiveAsync();
        if (silence == Silence.Restart)
        {
            await stream.SendAsync($"<success xmlns='{Namespaces.Sasl}'/>");
            stream.ExpectHeader();
            await stream.ReceiveHeaderAsync();
        }

        return stream;
    }
}
