using System.Text;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections.Bosh;
using Xunit;

namespace Parley.Server.Tests.Bosh;

/// <summary>What a request's wrapper says (XEP-0124 §6).</summary>
public sealed class BoshBodyTests
{
    private const string Open = "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' sid='0123456789abcdef0123456789abcdef'";

    [Fact]
    public void Payloads_are_slices_of_the_document()
    {
        const string document = $"<?xml version='1.0'?>\n{Open}>\n <a xmlns='urn:x'><body/></a>\n <message xmlns='jabber:client'/></body>\n";
        var body = Read(document);
        Assert.Equal(7, body.Rid);
        Assert.True(body.HasSid);
        Assert.Equal(UInt128.Parse("0123456789abcdef0123456789abcdef", System.Globalization.NumberStyles.HexNumber), body.Sid);
        Assert.Null(body.Fault);
        Assert.Equal(["<a xmlns='urn:x'><body/></a>", "<message xmlns='jabber:client'/>"], Payloads(document, body));
        Assert.False(body.IsEmpty);
    }

    [Fact]
    public void A_wrapper_without_payloads_is_empty()
    {
        Assert.True(Read($"{Open}/>").IsEmpty);
        Assert.True(Read($"{Open}> </body>").IsEmpty);
        Assert.False(Read($"{Open} xmpp:restart='true' xmlns:xmpp='urn:xmpp:xbosh'/>").IsEmpty);
    }

    [Fact]
    public void Attributes_are_read()
    {
        var body = Read($"{Open} ack='5' pause='60' type='terminate' key='aa' newkey='bb' x:restart='1' xmlns:x='urn:xmpp:xbosh'/>");
        Assert.Equal(5, body.Ack);
        Assert.Equal(60, body.Pause);
        Assert.True(body.IsTerminate);
        Assert.True(body.IsRestart);
        Assert.Equal("aa"u8, body.Key!);
        Assert.Equal("bb"u8, body.NewKey!);
        Assert.True(body.IsAcceptable);
    }

    [Theory]
    [InlineData("9007199254740991", true)]
    [InlineData("9007199254740992", false)]
    [InlineData("99999999999999999999", false)]
    [InlineData("0", false)]
    [InlineData("-1", false)]
    [InlineData("1e3", false)]
    [InlineData("", false)]
    public void A_request_id_is_a_positive_integer_below_two_to_the_53rd(string rid, bool isOne)
    {
        var document = $"<body xmlns='http://jabber.org/protocol/httpbind' rid='{rid}'/>";
        if (isOne)
        {
            Assert.Equal(long.Parse(rid), Read(document).Rid);
        }
        else
        {
            Assert.Equal(BoshCondition.BadRequest, Assert.Throws<BoshException>(() => Read(document)).Condition);
        }
    }

    [Theory]
    [InlineData("0123456789ABCDEF0123456789ABCDEF")]
    [InlineData("0123456789abcdef0123456789abcde")]
    [InlineData("0123456789abcdef0123456789abcdef0")]
    [InlineData("0123456789abcdef0123456789abcdeg")]
    [InlineData("SomeSID")]
    [InlineData("")]
    public void A_session_id_that_is_none_of_ours_stands_for_no_session(string sid)
    {
        var body = Read($"<body xmlns='http://jabber.org/protocol/httpbind' rid='1' sid='{sid}'/>");
        Assert.True(body.HasSid);
        Assert.Equal(default, body.Sid);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("<body rid='1'/>")]
    [InlineData("<body rid='1' xmlns='jabber:client'/>")]
    [InlineData("<html rid='1' xmlns='http://jabber.org/protocol/httpbind'/>")]
    [InlineData("<body xmlns='http://jabber.org/protocol/httpbind'/>")]
    [InlineData("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' rid='2'/>")]
    [InlineData("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' a:b='2'/>")]
    [InlineData("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='&x;'/>")]
    [InlineData("<!DOCTYPE body><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>")]
    [InlineData("<!-- x --><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>")]
    [InlineData("<?x y?><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>")]
    [InlineData("<?xml version='1.0' encoding='ISO-8859-1'?><body xmlns='http://jabber.org/protocol/httpbind' rid='1'/>")]
    public void What_has_no_wrapper_is_a_bad_request(string document)
    {
        try
        {
            Assert.Null(BoshBody.ReadTag(Encoding.UTF8.GetBytes(document)));
        }
        catch (BoshException e)
        {
            Assert.Equal(BoshCondition.BadRequest, e.Condition);
        }
    }

    [Theory]
    [InlineData("ack='x'")]
    [InlineData("ack='-1'")]
    [InlineData("pause='soon'")]
    public void An_attribute_that_cannot_be_is_not_acceptable(string attribute) => Assert.False(Read($"{Open} {attribute}/>").IsAcceptable);

    [Theory]
    [InlineData("<a xmlns='urn:x'><!-- --></a>", StreamErrorCondition.RestrictedXml)]
    [InlineData("<a/><!-- --><b/>", StreamErrorCondition.RestrictedXml)]
    [InlineData("<a><?x y?></a>", StreamErrorCondition.RestrictedXml)]
    [InlineData("<!DOCTYPE a>", StreamErrorCondition.RestrictedXml)]
    [InlineData("<a></b>", StreamErrorCondition.NotWellFormed)]
    [InlineData("<a>", StreamErrorCondition.NotWellFormed)]
    [InlineData("text", StreamErrorCondition.InvalidXml)]
    [InlineData("<a/>text<b/>", StreamErrorCondition.InvalidXml)]
    [InlineData("<body/>", StreamErrorCondition.InvalidXml)]
    [InlineData("</body><a/>", StreamErrorCondition.NotWellFormed)]
    public void A_fault_in_one_payload_is_one_of_all(string content, StreamErrorCondition condition)
    {
        var body = Read($"{Open}><x xmlns='urn:x'/>{content}</body>");
        Assert.Equal(condition, body.Fault?.Condition);
        Assert.Equal(0, body.PayloadCount);
        Assert.False(body.IsEmpty);
    }

    [Fact]
    public void The_limits_are_those_of_a_stanza()
    {
        var limits = new XmlLimits { MaxBytes = 100, MaxDepth = 3, MaxAttributes = 3 };
        Assert.Null(Read($"{Open}><a>{new string('x', 80)}</a><a>{new string('x', 80)}</a></body>", limits).Fault);
        Assert.Equal(StreamErrorCondition.PolicyViolation, Read($"{Open}><a>{new string('x', 100)}</a></body>", limits).Fault?.Condition);
        Assert.Equal(StreamErrorCondition.PolicyViolation, Read($"{Open}><a><a><a><a/></a></a></a></body>", limits).Fault?.Condition);
        Assert.Equal(StreamErrorCondition.PolicyViolation, Read($"{Open}><a b='' c='' d='' e=''/></body>", limits).Fault?.Condition);
    }

    [Fact]
    public void The_wrappers_namespace_stands_for_that_of_stanzas()
    {
        Assert.Null(Read($"{Open}><message/></body>").Declared);
        var declared = Read($"{Open} xmlns:x='urn:x'><x:a/></body>").Declared!;
        Assert.Equal("jabber:client"u8, declared.Default);
        Assert.True(declared.TryResolve("x"u8, out var uri));
        Assert.Equal("urn:x"u8, uri);
        Assert.Equal("urn:y"u8, Read("<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns='urn:y' rid='1'/>").Declared!.Default);
    }

    [Fact]
    public void A_tag_that_is_cut_off_is_none_yet()
    {
        const string whole = $"{Open}><a/></body>";
        Assert.Null(BoshBody.ReadTag(Encoding.UTF8.GetBytes(Open)));
        Assert.NotNull(BoshBody.ReadTag(Encoding.UTF8.GetBytes(whole[..(Open.Length + 1)])));
    }

    private static BoshBody Read(string document, XmlLimits? limits = null)
    {
        var bytes = Encoding.UTF8.GetBytes(document);
        var body = BoshBody.ReadTag(bytes)!;
        body.ReadPayloads(bytes, limits ?? XmlLimits.Default);
        return body;
    }

    private static string[] Payloads(string document, BoshBody body)
    {
        var bytes = Encoding.UTF8.GetBytes(document);
        return [.. Enumerable.Range(0, body.PayloadCount).Select(i => Encoding.UTF8.GetString(bytes, body.Payload(i).Start, body.Payload(i).Length))];
    }
}
