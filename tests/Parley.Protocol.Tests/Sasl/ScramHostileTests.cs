using System.Text;
using Parley.Protocol.Sasl;
using Xunit;
using static Parley.Protocol.Tests.Sasl.SaslFixture;

namespace Parley.Protocol.Tests.Sasl;

public sealed class ScramHostileTests
{
    [Theory]
    [InlineData("")]
    [InlineData("n")]
    [InlineData("n,")]
    [InlineData("n,,")]
    [InlineData("n,,n=romeo")]
    [InlineData("n,,n=romeo,")]
    [InlineData("n,,n=romeo,r=")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,r=abc,n=romeo")]
    [InlineData("n,,r=abc")]
    [InlineData("n,,n=romeo,r=a\u00e9c")]
    [InlineData("n,,n=romeo,r=a c")]
    [InlineData("n,,n=romeo,r=abc,")]
    [InlineData("n,,n=romeo,r=abc,x")]
    [InlineData("n,,n=romeo,r=abc,x=")]
    [InlineData("n,,n=romeo,r=abc,1=2")]
    [InlineData("n,,n=romeo,n=romeo,r=abc")]
    [InlineData("n,,n=ro\0meo,r=abc")]
    [InlineData("n,,n=ro=meo,r=abc")]
    [InlineData("n,,n=romeo=,r=abc")]
    [InlineData("n,,n=romeo=2,r=abc")]
    [InlineData("n,,n=romeo=2c,r=abc")]
    [InlineData("n,,m=extension,n=romeo,r=abc")]
    [InlineData("n,,n=romeo,r=abc,m=extension")]
    [InlineData("n,a=,n=romeo,r=abc")]
    [InlineData("n,romeo@example.com,n=romeo,r=abc")]
    [InlineData("n,a=ro=meo,n=romeo,r=abc")]
    [InlineData("x,,n=romeo,r=abc")]
    [InlineData(",,n=romeo,r=abc")]
    [InlineData("p,,n=romeo,r=abc")]
    [InlineData("N,,n=romeo,r=abc")]
    [InlineData("n=romeo,r=abc")]
    [InlineData("p=tls-server-end-point,,n=romeo,r=abc")] // belongs to -PLUS
    public async Task Malformed_first_messages(string message)
    {
        var failure = await Server("SCRAM-SHA-256").Refusal(message);
        Assert.Equal(SaslCondition.MalformedRequest, failure.Condition);
    }

    [Fact]
    public async Task First_message_that_is_not_UTF8()
    {
        var step = await Server("SCRAM-SHA-256").StepAsync(
            [.. "n,,n=ro"u8, 0xff, .. "meo,r=abc"u8], TestContext.Current.CancellationToken);
        Assert.Equal(SaslCondition.MalformedRequest, Assert.IsType<SaslFailure>(step).Condition);
    }

    [Theory]
    [InlineData("romeo@example.com", true)]
    [InlineData("Romeo@EXAMPLE.com", true)]
    [InlineData("juliet@example.com", false)]
    [InlineData("romeo@example.org", false)]
    [InlineData("romeo@example.com/orchard", false)]
    [InlineData("romeo", false)]
    [InlineData("@example.com", false)]
    [InlineData("example.com", false)]
    public async Task Authorization_identity_is_ones_own(string authzid, bool own)
    {
        foreach (string name in new[] { "SCRAM-SHA-1", "SCRAM-SHA-256", "PLAIN", "DIGEST-MD5" })
        {
            var step = await Run(Client(name, authzid: authzid), Server(name));
            if (own)
                Assert.Equal("romeo", Assert.IsType<SaslSuccess>(step).Username);
            else
                Assert.Equal(new SaslFailure(SaslCondition.InvalidAuthzid), step);
        }
    }

    [Theory]
    [InlineData("", SaslCondition.MalformedRequest)]
    [InlineData("c={c}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p=", SaslCondition.MalformedRequest)]
    [InlineData("c={c},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("r={r},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("r={r},c={c},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("p={p},c={c},r={r}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},p={p},r={r}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p={p},x=y", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p={p},", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},m=y,p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},x,p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r=,p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c=,r={r},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c=b!ws,r={r},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c=biw,r={r},p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p=AAA", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p= {p}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r},p=AAAA", SaslCondition.MalformedRequest)] // three bytes are no proof
    [InlineData("c={c},r={r}\0,p={p}", SaslCondition.MalformedRequest)]
    [InlineData("c={c},r={r}x,p={p}", SaslCondition.NotAuthorized)]
    [InlineData("c={c},r=clientnonce,p={p}", SaslCondition.NotAuthorized)]
    [InlineData("c={c},r=servernonce,p={p}", SaslCondition.NotAuthorized)]
    [InlineData("c=eSws,r={r},p={p}", SaslCondition.NotAuthorized)] // y,,
    [InlineData("c=AAAA,r={r},p={p}", SaslCondition.NotAuthorized)]
    [InlineData("c={c},r={r},x=y,p={p}", SaslCondition.NotAuthorized)] // allowed, and not what was signed
    [InlineData("c={c},r={r},p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", SaslCondition.NotAuthorized)]
    public async Task Altered_final_messages(string template, SaslCondition condition)
    {
        var client = Client("SCRAM-SHA-256");
        var server = Server("SCRAM-SHA-256");
        string final = Text(client.Step(Encoding.UTF8.GetBytes(await server.Challenge(Text(client.Initial())))));
        string[] parts = final.Split(',');
        string altered = template
            .Replace("{c}", parts[0][2..], StringComparison.Ordinal)
            .Replace("{r}", parts[1][2..], StringComparison.Ordinal)
            .Replace("{p}", parts[2][2..], StringComparison.Ordinal);

        Assert.Equal(condition, (await server.Refusal(altered)).Condition);
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-server-end-point", null)]
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-exporter", SaslCondition.NotAuthorized)] // not what this connection has
    [InlineData("SCRAM-SHA-256-PLUS", "p=tls-unique", SaslCondition.NotAuthorized)]
    [InlineData("SCRAM-SHA-256-PLUS", "p=", SaslCondition.NotAuthorized)]
    [InlineData("SCRAM-SHA-256-PLUS", "n", SaslCondition.MalformedRequest)]
    [InlineData("SCRAM-SHA-256-PLUS", "y", SaslCondition.MalformedRequest)]
    [InlineData("SCRAM-SHA-256", "n", null)]
    [InlineData("SCRAM-SHA-256", "y", SaslCondition.NotAuthorized)] // somebody hid our offer
    [InlineData("SCRAM-SHA-1", "y", SaslCondition.NotAuthorized)]
    [InlineData("SCRAM-SHA-256", "p=tls-server-end-point", SaslCondition.MalformedRequest)]
    public async Task Channel_binding_flags(string name, string flag, SaslCondition? condition)
    {
        var server = Server(name, ServerContext(bindings: [EndPoint]));
        var step = await server.Send($"{flag},,n=romeo,r=abc");
        if (condition is null)
            Assert.IsType<SaslChallenge>(step);
        else
            Assert.Equal(condition, Assert.IsType<SaslFailure>(step).Condition);
    }

    [Fact]
    public async Task Y_flag_is_right_where_nothing_was_offered() =>
        Assert.StartsWith("r=abc", await Server("SCRAM-SHA-256").Challenge("y,,n=romeo,r=abc"), StringComparison.Ordinal);

    [Fact]
    public async Task A_man_in_the_middle_has_another_channel()
    {
        var elsewhere = EndPoint with { Data = "another certificate"u8.ToArray() };
        var server = Server("SCRAM-SHA-256-PLUS", ServerContext(bindings: [EndPoint]));
        var step = await Run(Client("SCRAM-SHA-256-PLUS", binding: elsewhere), server);
        Assert.Equal(new SaslFailure(SaslCondition.NotAuthorized), step);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m=ext,r=clientnonceX,s=AAAA,i=4096")]
    [InlineData("s=AAAA,r=clientnonceX,i=4096")]
    [InlineData("r=clientnonceX,s=AAAA")]
    [InlineData("r=clientnonceX,s=,i=4096")]
    [InlineData("r=clientnonceX,s=A,i=4096")]
    [InlineData("r=clientnonce,s=AAAA,i=4096")] // no nonce of the server's own
    [InlineData("r=another,s=AAAA,i=4096")]
    [InlineData("r=clientnonceX,s=AAAA,i=4095")]
    [InlineData("r=clientnonceX,s=AAAA,i=1")]
    [InlineData("r=clientnonceX,s=AAAA,i=0")]
    [InlineData("r=clientnonceX,s=AAAA,i=-4096")]
    [InlineData("r=clientnonceX,s=AAAA,i=+4096")]
    [InlineData("r=clientnonceX,s=AAAA,i=2147483647")]
    [InlineData("r=clientnonceX,s=AAAA,i=99999999999")]
    [InlineData("r=clientnonceX,s=AAAA,i=4096,m=ext")]
    public void Client_refuses_a_bad_challenge(string challenge)
    {
        var client = Client("SCRAM-SHA-256");
        client.Initial();
        var e = Assert.Throws<SaslException>(() => client.Step(Encoding.UTF8.GetBytes(challenge)));
        Assert.Equal(SaslCondition.MalformedRequest, e.Condition);
    }

    [Fact]
    public async Task Client_does_not_believe_a_server_without_proof()
    {
        var client = Client("SCRAM-SHA-256");
        Assert.False(client.Verify("v=AAAA"u8.ToArray()));
        client.Step(Encoding.UTF8.GetBytes(await Server("SCRAM-SHA-256").Challenge(Text(client.Initial()))));

        Assert.False(client.Verify(null));
        Assert.False(client.Verify("v=AAAA"u8.ToArray()));
        var e = Assert.Throws<SaslException>(() => client.Step("v=AAAA"u8));
        Assert.Equal(SaslCondition.NotAuthorized, e.Condition);
        Assert.False(client.Verify(null));
    }

    [Fact]
    public async Task Client_takes_the_proof_as_a_challenge_too()
    {
        var client = Client("SCRAM-SHA-256");
        var server = Server("SCRAM-SHA-256");
        string final = Text(client.Step(Encoding.UTF8.GetBytes(await server.Challenge(Text(client.Initial())))));
        var success = Assert.IsType<SaslSuccess>(await server.Send(final));

        Assert.Empty(client.Step(success.Data));
        Assert.True(client.Verify(null));
    }
}
