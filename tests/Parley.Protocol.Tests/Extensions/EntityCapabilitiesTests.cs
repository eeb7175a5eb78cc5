using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class EntityCapabilitiesTests
{
    private const string Exodus = "<identity category='client' name='Exodus 0.9.1' type='pc'/>"
        + "<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>"
        + "<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>";

    // Out of order, for the method sorts everything.
    private const string Psi = "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"
        + "<identity xml:lang='el' category='client' name='&#936; 0.11' type='pc'/>"
        + "<feature var='http://jabber.org/protocol/muc'/><feature var='http://jabber.org/protocol/disco#info'/>"
        + "<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/caps'/>"
        + "<x xmlns='jabber:x:data' type='result'><field var='software_version'><value>0.11</value></field>"
        + "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"
        + "<field var='ip_version' type='text-multi'><value>ipv6</value><value>ipv4</value></field>"
        + "<field var='os'><value>Mac</value></field><field var='os_version'><value>10.5.1</value></field>"
        + "<field var='software'><value>Psi</value></field></x>";

    private const string PsiVer = "q07IKJEyjvHSyhy//CH0CxmKi8w=";
    private const string Hidden = "<field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>";

    [Theory]
    [InlineData(Exodus, "QgayPKawpkPSDYmwT/WM94uAlu0=")]
    [InlineData(Psi, PsiVer)]
    public void The_examples_of_the_specification_verify(string info, string ver)
    {
        Assert.Equal(ver, EntityCapabilities.VerificationString(Info(info)));
        Assert.True(new EntityCapabilities("http://example.org", "sha-1", ver).Verify(Info(info)));
    }

    [Theory]
    [InlineData("sha-256", "SHA256")]
    [InlineData("sha-384", "SHA384")]
    [InlineData("sha-512", "SHA512")]
    public void Other_hash_functions_work_the_same(string hash, string algorithm)
    {
        var summary = "client/pc//Exodus 0.9.1<http://jabber.org/protocol/caps<http://jabber.org/protocol/disco#info<"u8.ToArray()
            .Concat("http://jabber.org/protocol/disco#items<http://jabber.org/protocol/muc<"u8.ToArray()).ToArray();
        var digest = System.Security.Cryptography.CryptographicOperations.HashData(new(algorithm), summary);

        Assert.True(new EntityCapabilities("http://example.org", hash, Convert.ToBase64String(digest)).Verify(Info(Exodus)));
    }

    [Theory]
    [InlineData("md5")]
    [InlineData("SHA-1")]
    [InlineData(null)]
    public void A_hash_function_that_is_not_known_verifies_nothing(string? hash)
    {
        Assert.False(EntityCapabilities.IsSupported(hash));
        Assert.False(new EntityCapabilities("http://example.org", hash, PsiVer).Verify(Info(Psi)));
    }

    [Fact]
    public void A_hash_function_that_is_not_known_makes_no_verification_string() =>
        Assert.Throws<NotSupportedException>(() => EntityCapabilities.VerificationString(Info(Psi), "md5"));

    [Fact]
    public void Another_answer_does_not_verify() =>
        Assert.False(new EntityCapabilities("http://example.org", "sha-1", PsiVer).Verify(Info(Psi + "<feature var='urn:x'/>")));

    [Theory]
    [InlineData("<identity category='client' type='pc' name='a'/><identity category='client' type='pc' name='a'/>")]
    [InlineData("<feature var='urn:a'/><feature var='urn:a'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'>" + Hidden + "</x><x xmlns='jabber:x:data' type='result'>" + Hidden + "</x>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:x</value><value>urn:y</value></field></x>")]
    public void An_ill_formed_answer_does_not_verify(string xml)
    {
        var info = Info(xml);

        Assert.False(EntityCapabilities.IsWellFormed(info));
        Assert.False(EntityCapabilities.Of("http://example.org", info).Verify(info));
    }

    [Theory]
    [InlineData("<identity category='client' type='pc' name='a' xml:lang='en'/><identity category='client' type='pc' name='a' xml:lang='de'/>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>urn:x</value><value>urn:x</value></field></x>")]
    [InlineData("<x xmlns='jabber:x:data' type='result'><field var='a'/></x><x xmlns='jabber:x:data' type='result'><field var='a'/></x>")]
    public void A_well_formed_answer_verifies(string xml)
    {
        var info = Info(xml);

        Assert.True(EntityCapabilities.Of("http://example.org", info).Verify(info));
    }

    [Theory]
    [InlineData("<field var='FORM_TYPE'><value>urn:x</value></field><field var='a'><value>1</value></field>")]
    [InlineData("<field var='a'><value>1</value></field>")]
    public void A_form_without_a_hidden_type_is_left_out(string fields) =>
        Assert.Equal(PsiVer, EntityCapabilities.VerificationString(Info($"{Psi}<x xmlns='jabber:x:data' type='result'>{fields}</x>")));

    // U+1F600 comes after U+FB00 in octets, before it in UTF-16.
    [Fact]
    public void Sorting_is_by_octets() =>
        Assert.Equal(
            Convert.ToBase64String(System.Security.Cryptography.SHA1.HashData("\uFB00<\U0001F600<"u8)),
            EntityCapabilities.VerificationString(Info("<feature var='\U0001F600'/><feature var='\uFB00'/>")));

    [Fact]
    public void The_element_is_read_and_written()
    {
        const string xml = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://psi-im.org' ver='q07IKJEyjvHSyhy//CH0CxmKi8w='/>";
        var capabilities = EntityCapabilities.Parse(Payload.Read(xml));

        Assert.Equal("http://psi-im.org#q07IKJEyjvHSyhy//CH0CxmKi8w=", capabilities.DiscoNode);
        Assert.Equal(xml, Payload.Write(capabilities.WriteTo));
    }

    [Theory]
    [InlineData("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='a'/>")]
    [InlineData("<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='a'/>")]
    public void Node_and_ver_are_required(string xml) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => EntityCapabilities.Parse(Payload.Read(xml)));

    private static DiscoInfo Info(string children) =>
        DiscoInfo.Parse(Payload.Read($"<query xmlns='http://jabber.org/protocol/disco#info'>{children}</query>"));
}
