using Parley.Protocol.Extensions;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Discovery;

public class ServerCapabilitiesTests
{
    [Fact]
    public async Task The_stream_features_name_what_disco_answers()
    {
        await using var server = await XmppTestServer.StartAsync(options => options.Contacts["abuse-addresses"] = ["mailto:abuse@example.org"]);
        var alice = await server.LoginAsync("alice@example.org/desk");
        var capabilities = EntityCapabilities.Parse(alice.Features.Child(EntityCapabilities.Name)!.Value);

        Assert.Equal("sha-1", capabilities.Hash);
        Assert.True(capabilities.Verify(await alice.InfoAsync("example.org")));

        var node = await alice.InfoAsync("example.org", capabilities.DiscoNode);
        Assert.Equal(capabilities.DiscoNode, node.Node);
        Assert.True(capabilities.Verify(node));
        Assert.Equal("http://jabber.org/network/serverinfo", Assert.Single(node.Forms).FormType);
    }

    [Fact]
    public async Task They_are_not_there_before_authentication()
    {
        await using var server = await XmppTestServer.StartAsync();
        var stranger = await server.OpenAsync();

        Assert.Null(stranger.Features.Child(EntityCapabilities.Name));
    }

    [Theory]
    [InlineData("example.org", "AAAA")]
    [InlineData("alice@example.org", null)]
    public async Task Other_nodes_are_not_found(string address, string? ver)
    {
        await using var server = await XmppTestServer.StartAsync();
        var alice = await server.LoginAsync("alice@example.org/desk");
        var capabilities = EntityCapabilities.Parse(alice.Features.Child(EntityCapabilities.Name)!.Value);

        (await alice.AskInfoAsync(address, (capabilities with { Verification = ver ?? capabilities.Verification }).DiscoNode))
            .IsError("item-not-found", "cancel");
    }
}
