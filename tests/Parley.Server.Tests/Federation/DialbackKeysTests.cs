using Parley.Server.Federation;
using Xunit;

namespace Parley.Server.Tests.Federation;

public sealed class DialbackKeysTests
{
    // XEP-0185 §3.
    private const string Key = "37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075643";
    private readonly DialbackKeys _keys = new(new FederationOptions { DialbackSecret = "s3cr3tf0rd14lb4ck" });

    [Fact]
    public void The_example_of_the_XEP()
    {
        Assert.Equal(Key, _keys.Create("xmpp.example.com", "example.org", "D60000229F"));
        Assert.True(_keys.IsValid($"\n    {Key}\n  ", "xmpp.example.com", "example.org", "D60000229F"));
    }

    [Theory]
    [InlineData("", "xmpp.example.com", "example.org", "D60000229F")]
    [InlineData("37c69b1cf07a3f67c04a5ef5902fa5114f2c76fe4a2686482ba5b89323075642", "xmpp.example.com", "example.org", "D60000229F")]
    [InlineData(Key + "0", "xmpp.example.com", "example.org", "D60000229F")]
    [InlineData(Key, "example.com", "example.org", "D60000229F")]
    [InlineData(Key, "xmpp.example.com", "example.net", "D60000229F")]
    [InlineData(Key, "example.org", "xmpp.example.com", "D60000229F")]
    [InlineData(Key, "xmpp.example.com", "example.org", "D60000229E")]
    public void Another_key_pair_or_stream_is_refused(string key, string receiving, string originating, string id) =>
        Assert.False(_keys.IsValid(key, receiving, originating, id));

    [Fact]
    public void Without_a_secret_each_has_its_own()
    {
        var (one, two) = (new DialbackKeys(new FederationOptions()), new DialbackKeys(new FederationOptions()));

        Assert.True(one.IsValid(one.Create("a", "b", "c"), "a", "b", "c"));
        Assert.False(two.IsValid(one.Create("a", "b", "c"), "a", "b", "c"));
    }
}
