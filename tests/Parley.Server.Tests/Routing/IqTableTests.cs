using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Routing;

/// <summary>Where an iq goes, and who answers it (RFC 6120 §8.2.3, §10.3.3; RFC 6121 §8.5).</summary>
public class IqTableTests
{
    private const string Payload = "<x xmlns='urn:x'/>";

    [Theory]
    [InlineData("get", "bob@example.org", "service-unavailable")]
    [InlineData("set", "bob@example.org", "service-unavailable")]
    [InlineData("get", "bob@example.org/gone", "service-unavailable")]
    [InlineData("set", "bob@example.org/gone", "service-unavailable")]
    [InlineData("get", "nobody@example.org", "service-unavailable")]
    [InlineData("set", "nobody@example.org/r", "service-unavailable")]
    [InlineData("get", "example.org", "service-unavailable")]
    [InlineData("set", "example.org", "service-unavailable")]
    [InlineData("get", "example.org/r", "service-unavailable")]
    [InlineData("get", "alice@example.org", "service-unavailable")]
    [InlineData("get", null, "service-unavailable")]
    [InlineData("set", null, "service-unavailable")]
    [InlineData("get", "elsewhere.example", "remote-server-not-found")]
    [InlineData("set", "bob@elsewhere.example/r", "remote-server-not-found")]
    public async Task A_request_that_nobody_takes_is_answered_with_an_error(string type, string? to, string condition)
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        var alice = await server.LoginAsync("alice@example.org/a");
        var reply = await alice.IqAsync(type, to, Payload);
        reply.IsError(condition, "cancel");
        Assert.Equal(to ?? "alice@example.org", reply.Attribute("from"));
        Assert.Equal("alice@example.org/a", reply.Attribute("to"));
        await bob.ExpectNothingAsync(alice);
    }

    [Theory]
    [InlineData("result", "bob@example.org")]
    [InlineData("error", "bob@example.org")]
    [InlineData("result", "bob@example.org/gone")]
    [InlineData("error", "bob@example.org/gone")]
    [InlineData("result", "nobody@example.org")]
    [InlineData("error", "nobody@example.org/r")]
    [InlineData("result", "example.org")]
    [InlineData("error", "example.org")]
    [InlineData("result", null)]
    [InlineData("error", null)]
    [InlineData("result", "elsewhere.example")]
    [InlineData("error", "elsewhere.example")]
    public async Task An_answer_that_nobody_takes_is_dropped(string type, string? to)
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/r");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync($"<iq type='{type}' id='1'{(to is null ? "" : $" to='{to}'")}/>");
        await bob.ExpectNothingAsync(alice);
        await alice.ExpectNothingAsync();
    }

    [Theory]
    [InlineData("get")]
    [InlineData("set")]
    [InlineData("result")]
    [InlineData("error")]
    public async Task A_full_address_reaches_its_resource_and_no_other(string type)
    {
        await using var server = await XmppTestServer.StartAsync();
        var one = await server.LoginAsync("bob@example.org/1");
        var two = await server.LoginAsync("bob@example.org/2");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync($"<iq type='{type}' id='7' to='bob@example.org/2'>{Payload}</iq>");

        var iq = await two.ReceiveAsync();
        Assert.Equal(("iq", type, "7"), (iq.LocalName, iq.Attribute("type"), iq.Attribute("id")));
        Assert.Equal("alice@example.org/a", iq.Attribute("from"));
        Assert.NotNull(iq.Child("x", "urn:x"));
        await one.ExpectNothingAsync(alice);
        await alice.ExpectNothingAsync();
    }

    [Fact]
    public async Task An_answer_finds_its_way_back()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/b");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync($"<iq type='get' id='q' to='bob@example.org/b'>{Payload}</iq>");
        var request = await bob.ReceiveAsync();
        await bob.SendAsync($"<iq type='result' id='{request.Attribute("id")}' to='{request.Attribute("from")}'/>");
        var reply = await alice.ReceiveAsync();
        reply.IsResult();
        Assert.Equal("bob@example.org/b", reply.Attribute("from"));
    }

    [Theory]
    [InlineData("<iq type='get' to='{0}'><x xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='get' id='' to='{0}'><x xmlns='urn:x'/></iq>")]
    [InlineData("<iq id='1' to='{0}'><x xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='' id='1' to='{0}'><x xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='GET' id='1' to='{0}'><x xmlns='urn:x'/></iq>")]
    [InlineData("<iq type='get' id='1' to='{0}'/>")]
    [InlineData("<iq type='set' id='1' to='{0}'>text</iq>")]
    [InlineData("<iq type='set' id='1' to='{0}'><x xmlns='urn:x'/><y xmlns='urn:y'/></iq>")]
    public async Task An_unsound_request_is_a_bad_request_wherever_it_goes(string format)
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/b");
        var alice = await server.LoginAsync("alice@example.org/a");
        foreach (var to in new[] { "bob@example.org/b", "bob@example.org", "example.org", "nobody@example.org", "elsewhere.example" })
        {
            await alice.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, to));
            (await alice.ReceiveAsync()).IsError("bad-request", "modify");
        }

        await bob.ExpectNothingAsync(alice);
    }

    [Fact]
    public async Task An_unsound_answer_is_dropped()
    {
        await using var server = await XmppTestServer.StartAsync();
        var bob = await server.LoginAsync("bob@example.org/b");
        var alice = await server.LoginAsync("alice@example.org/a");
        await alice.SendAsync("<iq type='result' to='bob@example.org/b'/><iq type='result' id='1' to='bob@example.org/b'><a xmlns='urn:x'/><b xmlns='urn:x'/></iq>");
        await bob.ExpectNothingAsync(alice);
        await alice.ExpectNothingAsync();
    }
}
