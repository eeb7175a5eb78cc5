using Parley.Protocol.Addressing;
using Xunit;

namespace Parley.Protocol.Tests.Addressing;

public sealed class DomainPartTests
{
    [Theory]
    [InlineData("localhost", "localhost")]
    [InlineData("a", "a")]
    [InlineData("XMPP.Example.ORG.", "xmpp.example.org")]
    [InlineData("1.example", "1.example")]
    [InlineData("a-b.c--d.example", "a-b.c--d.example")]
    [InlineData("b\u00FCcher.example", "b\u00FCcher.example")]
    [InlineData("B\u00DCCHER.example.", "b\u00FCcher.example")]
    [InlineData("bu\u0308cher.example", "b\u00FCcher.example")]
    [InlineData("xn--bcher-kva.example", "b\u00FCcher.example")]
    [InlineData("XN--BCHER-KVA.example", "b\u00FCcher.example")]
    [InlineData("fu\u00DFball.example", "fu\u00DFball.example")]
    [InlineData("xn--fuball-cta.example", "fu\u00DFball.example")]
    [InlineData("\uFF45\uFF58\u3002example", "ex.example")]
    [InlineData("\u4F8B\u3048.jp", "\u4F8B\u3048.jp")]
    [InlineData("\u05D0\u05D1.example", "\u05D0\u05D1.example")]
    [InlineData("l\u00B7l.example", "l\u00B7l.example")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("[::1]", "[::1]")]
    [InlineData("[2001:0DB8::00A]", "[2001:db8::a]")]
    [InlineData("[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]")]
    public void Is_prepared(string domain, string expected)
    {
        Assert.Equal(expected, Jid.Parse(domain).Domain);
        Assert.Equal(expected, Jid.Parse("a@" + domain + "/r").Domain);
        Assert.Equal(expected, Jid.Create(null, expected).Domain);
    }

    [Theory]
    [InlineData(".")]
    [InlineData(".example")]
    [InlineData("a..b")]
    [InlineData("example..")]
    [InlineData("-a.example")]
    [InlineData("a-.example")]
    [InlineData("ab--c.example")]
    [InlineData("a_b.example")]
    [InlineData("a b.example")]
    [InlineData("a\u00A0b.example")]
    [InlineData("a:5222")]
    [InlineData("a%b.example")]
    [InlineData("a\\b.example")]
    [InlineData("\uFFFE.example")]
    [InlineData("\uFFFF.example")]
    [InlineData("\u2665.example")]
    [InlineData("\u2163.example")]
    [InlineData("\u0301a.example")]
    [InlineData("-\u00E9.example")]
    [InlineData("\u00E9-.example")]
    [InlineData("\u00E9_a.example")]
    [InlineData("\u00E9\uFF0Fa.example")]
    [InlineData("a\u00B7b.example")]
    [InlineData("\u05D0b.example")]
    [InlineData("1.\u05D0\u05D1")]
    [InlineData("\u1F80.example")]
    [InlineData("xn--.example")]
    [InlineData("xn--bcher-.example")]
    [InlineData("xn--example-.com")]
    [InlineData("xn--g6h.example")]
    [InlineData("xn--zzzzzzzzzzzzzz99999.example")]
    [InlineData("256.0.0.1")]
    [InlineData("1.2.3")]
    [InlineData("01.2.3.4")]
    [InlineData("12345")]
    [InlineData("[]")]
    [InlineData("[::1")]
    [InlineData("[::1%eth0]")]
    [InlineData("[::1/64]")]
    [InlineData("[192.0.2.1]")]
    [InlineData("[::g]")]
    [InlineData("[1:2:3:4:5:6:7:8:9]")]
    [InlineData("::1")]
    [InlineData("[::1].example")]
    public void Is_refused(string domain)
    {
        Assert.False(Jid.TryCreate("a", domain, null, out _));
        Assert.False(Jid.TryCreate(null, domain, "r", out _));
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void Limits_a_label(int length, bool valid) =>
        Assert.Equal(valid, Jid.TryParse(new string('a', length) + ".example", out _));

    // The A-label is eight bytes longer than the run of a.
    [Theory]
    [InlineData(55, true)]
    [InlineData(56, false)]
    public void Limits_a_label_by_its_ascii_form(int length, bool valid) =>
        Assert.Equal(valid, Jid.TryParse("\u00E9" + new string('a', length) + ".example", out _));

    [Theory]
    [InlineData(61, true)]
    [InlineData(62, false)]
    public void Limits_a_name(int lastLabel, bool valid)
    {
        var label = new string('a', 63);

        Assert.Equal(valid, Jid.TryParse($"{label}.{label}.{label}.{new string('b', lastLabel)}", out _));
    }

    // Each label counts as its A-label, which has nine bytes.
    [Theory]
    [InlineData(25, true)]
    [InlineData(26, false)]
    public void Limits_a_name_by_its_ascii_form(int labels, bool valid) =>
        Assert.Equal(valid, Jid.TryParse(string.Join('.', Enumerable.Repeat("\u00E9\u00E8\u00EA", labels)), out _));
}
