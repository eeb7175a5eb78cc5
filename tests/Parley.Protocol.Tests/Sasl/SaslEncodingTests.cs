using System.Text;
using Parley.Protocol.Sasl;
using Xunit;

namespace Parley.Protocol.Tests.Sasl;

public sealed class SaslEncodingTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("=", "")]
    [InlineData("AA==", "00")]
    [InlineData("AAE=", "0001")]
    [InlineData("AAEC", "000102")]
    [InlineData("+/+/", "FBFFBF")]
    public void Decodes(string text, string hex) =>
        Assert.Equal(hex, Convert.ToHexString(SaslEncoding.Decode(Encoding.UTF8.GetBytes(text))));

    [Theory]
    [InlineData(" AAEC")]
    [InlineData("AAEC ")]
    [InlineData("AA\nEC")]
    [InlineData("AA EC")]
    [InlineData(" ")]
    [InlineData("AA")]
    [InlineData("AA=")]
    [InlineData("AAE")]
    [InlineData("A")]
    [InlineData("==")]
    [InlineData("====")]
    [InlineData("=AAA")]
    [InlineData("AA==AAAA")]
    [InlineData("AAEC=")]
    [InlineData("AAEC====")]
    [InlineData("AB==")] // stray bits behind the last byte
    [InlineData("AAF=")]
    [InlineData("-_-_")] // the URL alphabet
    [InlineData("AA\u00e9C")]
    public void Refuses_what_is_not_base64(string text)
    {
        var e = Assert.Throws<SaslException>(() => SaslEncoding.Decode(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(SaslCondition.IncorrectEncoding, e.Condition);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(4098, false)]
    [InlineData(4099, false)]
    [InlineData(100_000, false)]
    public async Task Messages_have_a_limit(int length, bool fits)
    {
        byte[] data = new byte[length];
        if (fits)
        {
            Assert.Equal(data, SaslEncoding.Decode(Encoding.ASCII.GetBytes(SaslEncoding.Encode(data))));
            return;
        }

        // Two bytes over may pass the encoding, whose steps are three bytes wide; the mechanism counts exactly.
        if (length > SaslEncoding.MaxMessageLength + 2)
        {
            var e = Assert.Throws<SaslException>(() => SaslEncoding.Decode(Encoding.ASCII.GetBytes(SaslEncoding.Encode(data))));
            Assert.Equal(SaslCondition.MalformedRequest, e.Condition);
        }

        var step = await SaslFixture.Server(SaslMechanismNames.Plain).StepAsync(data, TestContext.Current.CancellationToken);
        Assert.Equal(SaslCondition.MalformedRequest, Assert.IsType<SaslFailure>(step).Condition);
    }

    [Fact]
    public void Tells_no_data_from_empty_data()
    {
        Assert.Null(SaslEncoding.DecodeInitial(""u8));
        Assert.Empty(SaslEncoding.DecodeInitial("="u8)!);
        Assert.Equal("", SaslEncoding.EncodeInitial(null));
        Assert.Equal("=", SaslEncoding.EncodeInitial([]));
        Assert.Equal("", SaslEncoding.Encode([]));
        Assert.Equal("AAEC", SaslEncoding.EncodeInitial([0, 1, 2]));
    }

    [Theory]
    [InlineData(SaslCondition.Aborted, "aborted")]
    [InlineData(SaslCondition.AccountDisabled, "account-disabled")]
    [InlineData(SaslCondition.CredentialsExpired, "credentials-expired")]
    [InlineData(SaslCondition.EncryptionRequired, "encryption-required")]
    [InlineData(SaslCondition.IncorrectEncoding, "incorrect-encoding")]
    [InlineData(SaslCondition.InvalidAuthzid, "invalid-authzid")]
    [InlineData(SaslCondition.InvalidMechanism, "invalid-mechanism")]
    [InlineData(SaslCondition.MalformedRequest, "malformed-request")]
    [InlineData(SaslCondition.MechanismTooWeak, "mechanism-too-weak")]
    [InlineData(SaslCondition.NotAuthorized, "not-authorized")]
    [InlineData(SaslCondition.TemporaryAuthFailure, "temporary-auth-failure")]
    public void Conditions_have_the_names_of_the_RFC(SaslCondition condition, string name)
    {
        Assert.Equal(name, condition.Name());
        Assert.Equal(condition, SaslConditionNames.FromName(name));
        Assert.Null(SaslConditionNames.FromName(name + "-else"));
    }
}
