using Parley.Protocol.Addressing;
using Xunit;

namespace Parley.Protocol.Tests.Addressing;

public sealed class JidEscapingTests
{
    // XEP-0106 §5.1, then §5.2 and on, and the exceptions of §4.3.
    [Theory]
    [InlineData("space cadet", @"space\20cadet")]
    [InlineData("call me \"ishmael\"", @"call\20me\20\22ishmael\22")]
    [InlineData("at&t guy", @"at\26t\20guy")]
    [InlineData("d'artagnan", @"d\27artagnan")]
    [InlineData("/.fanboy", @"\2f.fanboy")]
    [InlineData("::foo::", @"\3a\3afoo\3a\3a")]
    [InlineData("<foo>", @"\3cfoo\3e")]
    [InlineData("user@host", @"user\40host")]
    [InlineData(@"c:\net", @"c\3a\net")]
    [InlineData(@"c:\\net", @"c\3a\\net")]
    [InlineData(@"c:\cool stuff", @"c\3a\cool\20stuff")]
    [InlineData(@"c:\5commas", @"c\3a\5c5commas")]
    [InlineData("here's_a_wild_&_/cr%zy/_address", @"here\27s_a_wild_\26_\2fcr%zy\2f_address")]
    [InlineData("address_for:<wv>(\"IMPS\")", @"address_for\3a\3cwv\3e(\22IMPS\22)")]
    [InlineData(@"\3and\2is\5cool", @"\5c3and\2is\5c5cool")]
    [InlineData(
        "CN=D'Artagnan Saint-Andr\u00E9,O=Example & Company, Inc.,DC=example,DC=com",
        "CN=D\\27Artagnan\\20Saint-Andr\u00E9,O=Example\\20\\26\\20Company,\\20Inc.,DC=example,DC=com")]
    [InlineData("tr\u00E9ville@musketeers.lit", "tr\u00E9ville\\40musketeers.lit")]
    [InlineData(@"\2plus\2is\4", @"\2plus\2is\4")]
    [InlineData(@"foo\bar", @"foo\bar")]
    [InlineData(@"foob\41r", @"foob\41r")]
    [InlineData(@"\20", @"\5c20")]
    [InlineData(@"\2F\", @"\2F\")]
    [InlineData("", "")]
    public void Escapes_and_unescapes(string shown, string escaped)
    {
        Assert.Equal(escaped, JidEscaping.Escape(shown));
        Assert.Equal(shown, JidEscaping.Unescape(escaped));
    }

    [Theory]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData(" ")]
    public void Refuses_a_space_at_either_end(string value) => Assert.Throws<JidFormatException>(() => JidEscaping.Escape(value));

    [Theory]
    [InlineData(@"\20a", @"\20a")]
    [InlineData(@"a\20", @"a\20")]
    [InlineData(@"\20", @"\20")]
    [InlineData(@"\20a\20b\20", @"\20a b\20")]
    [InlineData(@"\5c\20\2", @"\ \2")]
    [InlineData(@"\5C", @"\5C")]
    public void Leaves_alone_what_is_no_escape(string local, string expected) => Assert.Equal(expected, JidEscaping.Unescape(local));
}
