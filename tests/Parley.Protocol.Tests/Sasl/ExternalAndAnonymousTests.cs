using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

public sealed class ExternalAndAnonymousTests
{
    [Theory]
    [InlineData("romeo@example.com", "", "romeo")]
    [InlineData("romeo@example.com", "romeo@example.com", "romeo")]
    [InlineData("Romeo@example.com", "romeo@EXAMPLE.com", "romeo")]
    [InlineData("romeo@example.com juliet@example.com", "juliet@example.com", "juliet")]
    [InlineData("romeo@example.com juliet@example.com", "", null)]
    [InlineData("romeo@example.com", "juliet@example.com", null)]
    [InlineData("romeo@example.com", "romeo", null)]
    [InlineData("romeo@example.com", "romeo@example.com/orchard", null)]
    [InlineData("romeo@example.org", "", null)] // another domain's account
    [InlineData("romeo@example.org", "romeo@example.org", null)]
    [InlineData("romeo@example.org", "romeo@example.com", null)]
    [InlineData("montague.example", "", "montague.example")]
    [InlineData("montague.example", "Montague.example", "montague.example")]
    [InlineData("montague.example", "capulet.example", null)]
    [InlineData("montague.example", "x@montague.example", null)]
    public async Task External_is_what_the_certificate_says(string certified, string authzid, string? username)
    {
        var step = await Server("EXTERNAL", ServerContext(certificateJids: certified.Split(' '))).Send(authzid);
        SaslServerStep expected = username is null ? new SaslFailure(SaslCondition.InvalidAuthzid) : new SaslSuccess(username);
        Assert.Equal(expected, step);
    }

    [Fact]
    public async Task External_without_initial_response()
    {
        var server = Server("EXTERNAL", ServerContext(certificateJids: ["romeo@example.com"]));
        Assert.Equal("", await server.Challenge(null));
        Assert.Equal(new SaslSuccess("romeo"), await server.Send(""));
    }

    [Fact]
    public async Task External_refuses_NUL() => Assert.Equal(
        SaslCondition.MalformedRequest,
        (await Server("EXTERNAL", ServerContext(certificateJids: ["romeo@example.com"])).Refusal("romeo@example.com\0")).Condition);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sirhc")]
    public async Task Anonymous_gets_a_random_name(string? trace)
    {
        var server = new SaslServerMechanisms(ServerContext()).Create("ANONYMOUS");
        if (trace is null)
            Assert.Equal("", await server.Challenge(null));
        var success = Assert.IsType<SaslSuccess>(await server.Send(trace ?? ""));
        Assert.True(success.IsAnonymous);

        var other = Assert.IsType<SaslSuccess>(await new SaslServerMechanisms(ServerContext()).Create("ANONYMOUS").Send(""));
        Assert.NotEqual(other.Username, success.Username);
    }

    [Theory]
    [InlineData(255, 'a', true)]
    [InlineData(256, 'a', false)]
    [InlineData(1, '\0', false)]
    [InlineData(1, '\u0085', false)]
    public async Task Anonymous_trace_is_checked(int length, char c, bool accepted)
    {
        var step = await Server("ANONYMOUS").Send(new string(c, length));
        Assert.Equal(accepted, step is SaslSuccess);
        if (step is SaslFailure failure)
            Assert.Equal(SaslCondition.MalformedRequest, failure.Condition);
    }
}
