using Parley.Protocol.Addressing;
using Xunit;

namespace Parley.Protocol.Tests.Addressing;

public sealed class PrecisTests
{
    [Fact]
    public void Unicode_is_supported_here() => Assert.True(Precis.SupportsUnicode);

    // RFC 8265 §3.5 table 1, then mappings.
    [Theory]
    [InlineData("juliet@example.com", "juliet@example.com")]
    [InlineData("fussball", "fussball")]
    [InlineData("fu\u00DFball", "fu\u00DFball")]
    [InlineData("\u03C0", "\u03C0")]
    [InlineData("\u03A3", "\u03C3")]
    [InlineData("\u03C3", "\u03C3")]
    [InlineData("\u03C2", "\u03C2")]
    [InlineData("Juliet", "juliet")]
    [InlineData("\u0130", "i\u0307")]
    [InlineData("\u1E9E", "\u00DF")]
    [InlineData("\uFF21\uFF22", "ab")]
    [InlineData("\uFF76\uFF9E", "\u30AC")]
    [InlineData("A\u030A", "\u00E5")]
    [InlineData("\U00010400", "\U00010428")]
    [InlineData("\u1100\u00E9", null)]
    public void UsernameCaseMapped(string value, string? expected) => Check(Precis.UsernameCaseMapped, value, expected);

    // RFC 8265 §3.5 table 2, then the categories of RFC 8264 §9.
    [Theory]
    [InlineData("foo bar")]
    [InlineData("")]
    [InlineData("henry\u2163")]
    [InlineData("\u221E")]
    [InlineData("a\u0000")]
    [InlineData("a\u0085")]
    [InlineData("a\u00AD")]
    [InlineData("a\uFE0F")]
    [InlineData("a\u202E")]
    [InlineData("a\u0378")]
    [InlineData("a\uFFFE")]
    [InlineData("a\uFFFF")]
    [InlineData("a\uE000")]
    [InlineData("a\u2028")]
    [InlineData("\u1100\u1161")]
    [InlineData("\uFFA1")]
    [InlineData("\uFFE3")]
    [InlineData("\uFB01")]
    [InlineData("\u212B")]
    [InlineData("\u01C5")]
    [InlineData("a\u20DD")]
    [InlineData("a\u00BD")]
    [InlineData("\u0640")]
    [InlineData("\u303B")]
    public void Usernames_refuse(string value)
    {
        Check(Precis.UsernameCaseMapped, value, null);
        Check(Precis.UsernameCasePreserved, value, null);
    }

    [Fact]
    public void A_lone_surrogate_is_refused()
    {
        Check(Precis.UsernameCaseMapped, "a\uD83D", null);
        Check(Precis.OpaqueString, "a\uDE00", null);
        Check(Precis.Nickname, "\uDE00\uD83D", null);
    }

    [Theory]
    [InlineData("Juliet", "Juliet")]
    [InlineData("\u03A3", "\u03A3")]
    [InlineData("\uFF21", "A")]
    [InlineData("E\u0301", "\u00C9")]
    public void UsernameCasePreserved(string value, string expected) => Check(Precis.UsernameCasePreserved, value, expected);

    // RFC 8265 §4.3, both tables, then the FreeformClass.
    [Theory]
    [InlineData("correct horse battery staple", "correct horse battery staple")]
    [InlineData("Correct Horse Battery Staple", "Correct Horse Battery Staple")]
    [InlineData("\u03C0\u00DF\u00E5", "\u03C0\u00DF\u00E5")]
    [InlineData("Jack of \u2666s", "Jack of \u2666s")]
    [InlineData("foo\u1680bar", "foo bar")]
    [InlineData("", null)]
    [InlineData("my cat is a \u0009by", null)]
    [InlineData(" ", " ")]
    [InlineData("\u2163\uFF21\u00BD", "\u2163\uFF21\u00BD")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\U0001F600", "\U0001F600")]
    [InlineData("\u05D0a\u0661", "\u05D0a\u0661")]
    [InlineData("a\u2029b", null)]
    [InlineData("a\uFEFFb", null)]
    [InlineData("a\U000E0001b", null)]
    public void OpaqueString(string value, string? expected) => Check(Precis.OpaqueString, value, expected);

    // RFC 8266 §3: what is shown, and what is compared.
    [Theory]
    [InlineData("Foo", "Foo", "foo")]
    [InlineData("foo", "foo", "foo")]
    [InlineData("Foo Bar", "Foo Bar", "foo bar")]
    [InlineData("foo bar", "foo bar", "foo bar")]
    [InlineData("\u03A3", "\u03A3", "\u03C3")]
    [InlineData("\u03C3", "\u03C3", "\u03C3")]
    [InlineData("\u03C2", "\u03C2", "\u03C2")]
    [InlineData("\u265A", "\u265A", "\u265A")]
    [InlineData("Richard \u2163", "Richard IV", "richard iv")]
    [InlineData("  Swan  of   Avon   ", "Swan of Avon", "swan of avon")]
    [InlineData("a\u00A0\u3000b", "a b", "a b")]
    [InlineData("\u00A8x", "\u0308x", "\u0308x")]
    [InlineData("", null, null)]
    [InlineData("   ", null, null)]
    [InlineData("a\nb", null, null)]
    public void Nickname(string value, string? shown, string? compared)
    {
        Check(Precis.Nickname, value, shown);
        Check(Precis.NicknameComparison, value, compared);
    }

    // RFC 5892 appendix A.
    [Theory]
    [InlineData("l\u00B7l", true)]
    [InlineData("l\u00B7", false)]
    [InlineData("\u00B7l", false)]
    [InlineData("a\u00B7l", false)]
    [InlineData("\u0375\u03B1", true)]
    [InlineData("\u0375a", false)]
    [InlineData("\u03B1\u0375", false)]
    [InlineData("\u05D0\u05F3\u05D0", true)]
    [InlineData("\u05F3\u05D0", false)]
    [InlineData("\u05D0\u05F4\u05D0", true)]
    [InlineData("a\u05F4", false)]
    [InlineData("\u30A2\u30FB\u30A2", true)]
    [InlineData("a\u30FB\u4E00", true)]
    [InlineData("a\u30FBb", false)]
    [InlineData("\u0627\u0661", true)]
    [InlineData("\u0627\u06F1", true)]
    [InlineData("\u0627\u0661\u06F1", false)]
    [InlineData("\u0915\u094D\u200D\u0937", true)]
    [InlineData("\u0915\u200D\u0937", false)]
    [InlineData("\u200D\u0937", false)]
    [InlineData("\u0915\u094D\u200C\u0937", true)]
    [InlineData("\u0645\u06CC\u200C\u062E\u0648\u0627\u0647\u0645", true)]
    [InlineData("\u0645\u06CC\u064E\u200C\u064E\u062E", true)]
    [InlineData("\u0627\u200C\u062E", false)]
    [InlineData("\u0645\u200C", false)]
    [InlineData("a\u200Cb", false)]
    public void Contextual_code_points_need_their_context(string value, bool allowed) =>
        Assert.Equal(allowed, Precis.UsernameCaseMapped.TryEnforce(value, out _));

    // RFC 5893 §2, rule by rule.
    [Theory]
    [InlineData("\u05D0\u05D1", true)]
    [InlineData("\u05D01", true)]
    [InlineData("\u05D0\u05B0", true)]
    [InlineData("\u05D0.\u05D1", true)]
    [InlineData("\u0627\u0661", true)]
    [InlineData("1\u05D0", false)]
    [InlineData(".\u05D0", false)]
    [InlineData("\u05B0\u05D0", false)]
    [InlineData("\u0661\u0627", false)]
    [InlineData("\u05D0a\u05D1", false)]
    [InlineData("\u05D0.", false)]
    [InlineData("\u0627\u06611", false)]
    [InlineData("a\u05D0", false)]
    [InlineData("a\u0661", false)]
    [InlineData("a.", true)]
    [InlineData("1a_", true)]
    public void Directions_are_not_mixed(string value, bool allowed) =>
        Assert.Equal(allowed, Precis.UsernameCaseMapped.TryEnforce(value, out _));

    [Fact]
    public void Strings_are_bounded()
    {
        var longest = new string('\uFF41', PrecisProfile.MaxLength);

        Check(Precis.UsernameCaseMapped, longest, new string('a', PrecisProfile.MaxLength));
        Check(Precis.UsernameCaseMapped, longest + "a", null);
        Check(Precis.OpaqueString, longest + "a", null);
    }

    private static void Check(PrecisProfile profile, string value, string? expected)
    {
        Assert.Equal(expected is not null, profile.TryEnforce(value, out var enforced));
        Assert.Equal(expected, enforced);
        if (expected is null)
            Assert.Throws<JidFormatException>(() => profile.Enforce(value));
        else
            Assert.Equal(expected, profile.Enforce(expected));
    }
}
