using System.Text;
using Parley.Protocol.Addressing;
using Xunit;

namespace Parley.Protocol.Tests.Addressing;

public sealed class JidTests
{
    // RFC 7622 §3.5 table 1, each with its parts after preparation.
    [Theory]
    [InlineData("juliet@example.com", "juliet", "example.com", null)]
    [InlineData("juliet@example.com/foo", "juliet", "example.com", "foo")]
    [InlineData("juliet@example.com/foo bar", "juliet", "example.com", "foo bar")]
    [InlineData("juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar")]
    [InlineData(@"foo\20bar@example.com", @"foo\20bar", "example.com", null)]
    [InlineData("fussball@example.com", "fussball", "example.com", null)]
    [InlineData("fu\u00DFball@example.com", "fu\u00DFball", "example.com", null)]
    [InlineData("\u03C0@example.com", "\u03C0", "example.com", null)]
    [InlineData("\u03A3@example.com/foo", "\u03C3", "example.com", "foo")]
    [InlineData("\u03C3@example.com/foo", "\u03C3", "example.com", "foo")]
    [InlineData("\u03C2@example.com/foo", "\u03C2", "example.com", "foo")]
    [InlineData("king@example.com/\u265A", "king", "example.com", "\u265A")]
    [InlineData("example.com", null, "example.com", null)]
    [InlineData("example.com/foobar", null, "example.com", "foobar")]
    [InlineData("a.example.com/b@example.net", null, "a.example.com", "b@example.net")]
    // Errata 4560: OpaqueString has nothing against spaces at the ends.
    [InlineData("juliet@example.com/ foo ", "juliet", "example.com", " foo ")]
    // Beyond the table.
    [InlineData("localhost", null, "localhost", null)]
    [InlineData("JULIET@EXAMPLE.COM/Balcony", "juliet", "example.com", "Balcony")]
    [InlineData("juliet@example.com./r", "juliet", "example.com", "r")]
    [InlineData("juliet@example.com//", "juliet", "example.com", "/")]
    [InlineData("juliet@example.com/a/b", "juliet", "example.com", "a/b")]
    [InlineData("e\u0301mile@example.com/e\u0301", "\u00E9mile", "example.com", "\u00E9")]
    [InlineData("\uFF2A\uFF35\uFF2C@example.com", "jul", "example.com", null)]
    [InlineData("a@example.com/b\u00A0c\u3000d", "a", "example.com", "b c d")]
    [InlineData("a@192.0.2.10", "a", "192.0.2.10", null)]
    [InlineData("a@[2001:DB8:0:0::1]/r", "a", "[2001:db8::1]", "r")]
    public void Reads_and_prepares(string text, string? local, string domain, string? resource)
    {
        var jid = Jid.Parse(text);

        Assert.Equal((local, domain, resource), (jid.Local, jid.Domain, jid.Resource));
        Assert.Equal(local ?? "", Encoding.UTF8.GetString(jid.LocalUtf8));
        Assert.Equal(domain, Encoding.UTF8.GetString(jid.DomainUtf8));
        Assert.Equal(resource ?? "", Encoding.UTF8.GetString(jid.ResourceUtf8));
        Assert.Equal((local is null ? "" : local + "@") + domain + (resource is null ? "" : "/" + resource), jid.ToString());
        Assert.Equal(jid, Jid.Parse(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(jid, Jid.Create(local, domain, resource));
    }

    // RFC 7622 §3.5 table 2, but for the row that errata 4560 takes out.
    [Theory]
    [InlineData("\"juliet\"@example.com")]
    [InlineData("foo bar@example.com")]
    [InlineData("@example.com/")]
    [InlineData("henry\u2163@example.com")]
    [InlineData("\u265A@example.com")]
    [InlineData("juliet@")]
    [InlineData("/foobar")]
    // Beyond the table.
    [InlineData("")]
    [InlineData("@")]
    [InlineData("/")]
    [InlineData("@example.com")]
    [InlineData("juliet@example.com/")]
    [InlineData("juliet@/balcony")]
    [InlineData("juliet@a@example.com")]
    [InlineData("a&b@example.com")]
    [InlineData("a'b@example.com")]
    [InlineData("a:b@example.com")]
    [InlineData("a<b@example.com")]
    [InlineData("a>b@example.com")]
    [InlineData("a\uFF20b@example.com")]
    [InlineData("a\u00A0b@example.com")]
    [InlineData("a\u0000b@example.com")]
    [InlineData("a\u00ADb@example.com")]
    [InlineData("a\u200Db@example.com")]
    [InlineData("a\U0001F600@example.com")]
    [InlineData("a@example.com/b\u0000")]
    [InlineData("a@example.com/b\u007F")]
    [InlineData("a@example.com/b\tc")]
    [InlineData("a@example.com/b\u200Bc")]
    [InlineData("a@example.com/b\uE000")]
    [InlineData("a@example.com/b\uFFFE")]
    public void Refuses(string text)
    {
        Assert.False(Jid.TryParse(text, out var jid));
        Assert.Null(jid);
        Assert.Throws<JidFormatException>(() => Jid.Parse(text));
    }

    [Theory]
    [InlineData(new byte[] { 0x61, 0xC0, 0xAF, 0x40, 0x62 })]
    [InlineData(new byte[] { 0x61, 0x40, 0x62, 0x2F, 0xE2, 0x99 })]
    [InlineData(new byte[] { 0x61, 0x40, 0x62, 0x2F, 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0x61, 0x40, 0xFF })]
    [InlineData(new byte[] { 0xC3, 0x40, 0x62 })]
    public void Refuses_malformed_utf8(byte[] utf8)
    {
        Assert.False(Jid.TryParse(utf8, out _));
        Assert.Throws<JidFormatException>(() => Jid.Parse(utf8));
    }

    // Not as rows, since those travel as UTF-8 to the test.
    [Fact]
    public void Refuses_lone_surrogates()
    {
        Assert.False(Jid.TryParse("a\uD800@example.com", out _));
        Assert.False(Jid.TryParse("a@example.com/\uDC00", out _));
        Assert.False(Jid.TryCreate("\uD800", "example.com", null, out _));
        Assert.False(Jid.TryCreate(null, "\uDC00", null, out _));
        Assert.False(Jid.TryCreate(null, "example.com", "\uD800", out _));
        Assert.Throws<JidFormatException>(() => Jid.Parse("a@b").WithResource("\uDC00\uD800"));
    }

    [Fact]
    public void Refuses_null()
    {
        Assert.False(Jid.TryParse((string?)null, out _));
        Assert.False(Jid.TryCreate("a", null, null, out _));
        Assert.Throws<ArgumentNullException>(() => Jid.Parse((string)null!));
    }

    [Theory]
    [InlineData('a', 1023, true)]
    [InlineData('a', 1024, false)]
    [InlineData('\u00E9', 511, true)]
    [InlineData('\u00E9', 512, false)]
    [InlineData('\u5B57', 341, true)]
    [InlineData('\u5B57', 342, false)]
    [InlineData('\uFF41', 1023, true)]
    [InlineData('\uFF41', 1024, false)]
    [InlineData('a', 100_000, false)]
    public void Counts_the_bytes_of_a_prepared_localpart(char character, int count, bool valid)
    {
        var local = new string(character, count);

        Assert.Equal(valid, Jid.TryParse(local + "@example.com", out _));
        Assert.Equal(valid, Jid.TryCreate(local, "example.com", null, out _));
    }

    [Theory]
    [InlineData('a', 1023, true)]
    [InlineData('a', 1024, false)]
    [InlineData('\u00E9', 511, true)]
    [InlineData('\u00E9', 512, false)]
    [InlineData('\u3000', 1023, true)]
    [InlineData('\u3000', 1024, false)]
    public void Counts_the_bytes_of_a_prepared_resourcepart(char character, int count, bool valid)
    {
        var resource = new string(character, count);

        Assert.Equal(valid, Jid.TryParse("a@example.com/" + resource, out _));
        Assert.Equal(valid, Jid.TryCreate("a", "example.com", resource, out _));
    }

    [Fact]
    public void Holds_three_parts_at_their_longest()
    {
        var part = new string('a', 1023);
        var domain = string.Join('.', Enumerable.Repeat(new string('d', 62), 4));

        var jid = Jid.Parse($"{part}@{domain}/{part}");

        Assert.Equal((part, domain, part), (jid.Local, jid.Domain, jid.Resource));
    }

    [Theory]
    [InlineData("", "example.com", null)]
    [InlineData("a", "", null)]
    [InlineData("a", "example.com", "")]
    [InlineData("a/b", "example.com", null)]
    [InlineData("a", "b/c", null)]
    [InlineData("a", "b@c", null)]
    [InlineData("a", "example.com", "\u0001")]
    public void Does_not_create_from_bad_parts(string? local, string domain, string? resource)
    {
        Assert.False(Jid.TryCreate(local, domain, resource, out var jid));
        Assert.Null(jid);
        Assert.Throws<JidFormatException>(() => Jid.Create(local, domain, resource));
    }

    [Theory]
    [InlineData("a@b/c", false, true, false, true, true, "a@b", "b")]
    [InlineData("a@b", true, false, false, true, false, "a@b", "b")]
    [InlineData("b/c", false, true, false, false, true, "b", "b")]
    [InlineData("b", true, false, true, false, false, "b", "b")]
    public void Tells_its_shape(string text, bool bare, bool full, bool domain, bool local, bool resource, string bareText, string domainText)
    {
        var jid = Jid.Parse(text);

        Assert.Equal((bare, full, domain, local, resource), (jid.IsBare, jid.IsFull, jid.IsDomain, jid.HasLocal, jid.HasResource));
        Assert.Equal(bareText, jid.Bare.ToString());
        Assert.Equal(domainText, jid.DomainJid.ToString());
        Assert.Equal(Jid.Parse(bareText), jid.Bare);
        Assert.Equal(Jid.Parse(domainText), jid.DomainJid);
        Assert.Equal(Jid.Parse(domainText).GetHashCode(), jid.Bare.DomainJid.GetHashCode());
        Assert.Equal(domainText, Encoding.UTF8.GetString(jid.DomainJid.DomainUtf8));
        Assert.Equal(bare, ReferenceEquals(jid, jid.Bare));
        Assert.Equal(domain, ReferenceEquals(jid, jid.DomainJid));
        Assert.Same(jid.Bare, jid.Bare);
        Assert.Same(jid.DomainJid, jid.DomainJid);
        Assert.Same(jid.ToString(), jid.ToString());
    }

    [Theory]
    [InlineData("a@b", "c", "a@b/c")]
    [InlineData("a@b/old", "new", "a@b/new")]
    [InlineData("b", "e\u0301", "b/\u00E9")]
    [InlineData("b\u00FCcher.example", "a\u3000b", "b\u00FCcher.example/a b")]
    public void Takes_another_resource(string text, string resource, string expected)
    {
        var jid = Jid.Parse(text);

        Assert.Equal(expected, jid.WithResource(resource).ToString());
        Assert.Equal(Jid.Parse(expected), jid.WithResource(Encoding.UTF8.GetBytes(resource)));
        Assert.Equal(Jid.Parse(expected), jid.Bare.WithResource(resource));
        Assert.Equal(resource.Normalize().Replace('\u3000', ' '), jid.DomainJid.WithResource(resource).Resource);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u0000")]
    public void Takes_no_bad_resource(string resource) =>
        Assert.Throws<JidFormatException>(() => Jid.Parse("a@b").WithResource(resource));

    [Theory]
    [InlineData("a@b/c", "A@B/c", true)]
    [InlineData("a@b/c", "a@b/C", false)]
    [InlineData("a@b", "a@b/c", false)]
    [InlineData("a@b", "b/a", false)]
    [InlineData("b\u00FCcher.example", "xn--bcher-kva.example", true)]
    [InlineData("\u00E9@b", "E\u0301@b", true)]
    public void Is_equal_when_the_prepared_bytes_are(string one, string other, bool equal)
    {
        var (left, right) = (Jid.Parse(one), Jid.Parse(other));

        Assert.Equal(equal, left.Equals(right));
        Assert.Equal(equal, left.Equals((object)right));
        Assert.Equal(equal, left == right);
        Assert.Equal(!equal, left != right);
        Assert.Equal(equal, left.GetHashCode() == right.GetHashCode());
        Assert.False(left.Equals(null));
        Assert.False(left == null);
    }

    [Theory]
    [InlineData("a@b/c", "a@b/d", true)]
    [InlineData("a@b/c", "a@b", true)]
    [InlineData("b/c", "b", true)]
    [InlineData("a@b/c", "b/c", false)]
    [InlineData("a@b", "a@c", false)]
    public void Is_bare_equal_whatever_the_resource(string one, string other, bool equal) =>
        Assert.Equal(equal, Jid.Parse(one).BareEquals(Jid.Parse(other)));

    [Fact]
    public void Compares_without_allocating()
    {
        var (left, right, other) = (Jid.Parse("a@b/c"), Jid.Parse("A@b/c"), Jid.Parse("a@b/d"));
        var outcome = Compare();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            outcome &= Compare();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(outcome);
        Assert.Equal(0, allocated);

        bool Compare() => left.Equals(right) && !left.Equals(other) && left.GetHashCode() == right.GetHashCode()
            && left.BareEquals(other) && left == right && left != other;
    }

    [Fact]
    public void Allocates_the_address_and_its_bytes_only()
    {
        var utf8 = "Juliet@Example.com/balcony"u8.ToArray();
        _ = Jid.Parse(utf8);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var bytes = new byte[utf8.Length];
        var array = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        var jid = Jid.Parse(utf8);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(bytes.Length, jid.Utf8.Length);
        Assert.InRange(allocated, array, array + 80);
    }
}
