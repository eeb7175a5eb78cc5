using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>Where TLS is required, nothing of value passes without it.</summary>
public class RequiredTlsTests
{
    public static TheoryData<string> Authentications => new()
    {
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>",
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='SCRAM-SHA-1'>biwsbj1hbGljZSxyPWFiYw==</auth>",
        $"<auth xmlns='{Namespaces.Sasl}' mechanism='NONE'/>",
        $"<response xmlns='{Namespaces.Sasl}'/>",
    };

    public static TheoryData<string> Others => new()
    {
        "<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>",
        "<compress xmlns='http://jabber.org/protocol/compress'><method>zlib</method></compress>",
        $"<iq type='set' id='1'><bind xmlns='{Namespaces.Bind}'/></iq>",
    };

    [Theory]
    [MemberData(nameof(Authentications))]
    public async Task Authentication_is_refused(string input)
    {
        await using var server = await StartAsync();
        await server.CreateAccountAsync("alice@example.org");
        var client = await server.OpenAsync();
        await client.SendAsync(input);
        var failure = await client.ReceiveAsync();
        Assert.True(failure.Child("encryption-required", Namespaces.Sasl) is not null, failure.ToText());
    }

    [Theory]
    [MemberData(nameof(Others))]
    public async Task Stanzas_compression_and_binding_are_refused(string input)
    {
        await using var server = await StartAsync();
        var client = await server.OpenAsync();
        await client.SendAsync(input);
        await client.ExpectStreamErrorAsync("not-authorized");
    }

    [Theory]
    [InlineData("get", "")]
    [InlineData("set", "<username>eve</username><password>secret</password>")]
    public async Task Registration_is_refused(string type, string fields)
    {
        await using var server = await StartAsync();
        var client = await server.OpenAsync();
        var reply = await client.IqAsync(type, null, $"<query xmlns='jabber:iq:register'>{fields}</query>");
        Assert.Equal("error", reply.Attribute("type"));
        Assert.False(await server.Get<IAccountStore>().ExistsAsync(Jid.Parse("eve@example.org"), CancellationToken.None));
    }

    private static Task<XmppTestServer> StartAsync() => XmppTestServer.StartAsync(options =>
    {
        options.AllowInsecure = false;
        options.Registration = RegistrationPolicy.Open;
    });
}
