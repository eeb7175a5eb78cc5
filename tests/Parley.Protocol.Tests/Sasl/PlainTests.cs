using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

public sealed class PlainTests
{
    [Theory]
    [InlineData("\0romeo\0pencil")]
    [InlineData("romeo@example.com\0romeo\0pencil")]
    [InlineData("\0Romeo\0pencil")]
    public async Task Accepts(string message) =>
        Assert.Equal(new SaslSuccess("romeo"), await Server("PLAIN").Send(message));

    [Theory]
    [InlineData("", SaslCondition.MalformedRequest)]
    [InlineData("romeo", SaslCondition.MalformedRequest)]
    [InlineData("romeo\0pencil", SaslCondition.MalformedRequest)]
    [InlineData("\0\0", SaslCondition.MalformedRequest)]
    [InlineData("\0\0pencil", SaslCondition.MalformedRequest)]
    [InlineData("\0romeo\0", SaslCondition.MalformedRequest)]
    [InlineData("\0romeo\0pencil\0", SaslCondition.MalformedRequest)]
    [InlineData("\0romeo\0pen\0cil", SaslCondition.MalformedRequest)]
    [InlineData("\0\0romeo\0pencil", SaslCondition.MalformedRequest)]
    [InlineData("juliet@example.com\0romeo\0pencil", SaslCondition.InvalidAuthzid)]
    [InlineData("juliet@example.com\0romeo\0wrong", SaslCondition.InvalidAuthzid)]
    [InlineData("romeo\0romeo\0pencil", SaslCondition.InvalidAuthzid)]
    [InlineData("nobody@elsewhere\0ro\u0001meo\0pencil", SaslCondition.InvalidAuthzid)]
    [InlineData("\0romeo\0Pencil", SaslCondition.NotAuthorized)]
    [InlineData("\0romeo\0pencil ", SaslCondition.NotAuthorized)]
    [InlineData("\0romeo\0pen\u0001cil", SaslCondition.NotAuthorized)]
    [InlineData("\0ro\u0001meo\0pencil", SaslCondition.NotAuthorized)]
    [InlineData("\0ro\uFFFEmeo\0pencil", SaslCondition.NotAuthorized)]
    [InlineData("\0nobody\0pencil", SaslCondition.NotAuthorized)]
    public async Task Refuses(string message, SaslCondition condition) =>
        Assert.Equal(condition, (await Server("PLAIN").Refusal(message)).Condition);

    [Fact]
    public async Task Refuses_what_is_not_UTF8()
    {
        var step = await Server("PLAIN").StepAsync([0, 0xc3, 0x28, 0, 0x61], TestContext.Current.CancellationToken);
        Assert.Equal(SaslCondition.MalformedRequest, Assert.IsType<SaslFailure>(step).Condition);
    }

    [Theory]
    [InlineData(ScramHash.Sha1)]
    [InlineData(ScramHash.Sha512)]
    public async Task Uses_whatever_keys_the_account_has(ScramHash hash)
    {
        var context = ServerContext(new FixedAccounts(("romeo", StoredCredentials.FromPassword("pencil", 10, hash))));
        Assert.IsType<SaslSuccess>(await Server("PLAIN", context).Send("\0romeo\0pencil"));
        Assert.IsType<SaslFailure>(await Server("PLAIN", context).Send("\0romeo\0wrong"));
    }

    [Fact]
    public async Task Waits_for_a_client_that_sent_nothing_with_auth()
    {
        var server = Server("PLAIN");
        Assert.Equal("", await server.Challenge(null));
        Assert.Equal(new SaslSuccess("romeo"), await server.Send("\0romeo\0pencil"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Send("\0romeo\0pencil"));
    }

    [Fact]
    public async Task A_failure_is_the_end()
    {
        var server = Server("PLAIN");
        await server.Refusal("\0romeo\0wrong");
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.Send("\0romeo\0pencil"));
    }
}
