using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Parley.Protocol.Addressing;
using Xunit;

namespace Parley.Protocol.Tests.Addressing;

public sealed class AddressingProperties
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(3000);

    // Mostly what addresses are made of, with code points that separate, map, compose, reorder or are refused.
    private static readonly Gen<string> Text = Gen.Elements(
            "a", "B", "z", "0", "-", ".", "@", "/", " ", "\\", "\\20", "&", "'", "xn--", "\u00E9", "e\u0301", "\u0308", "\u0323", "\u03A3", "\u0130",
            "\u212B", "\u2126", "\uFF21", "\uFF76\uFF9E", "\u3000", "\u1680", "\u00A8", "\u05D0", "\u0627", "\u0661", "\u06F1", "\u200C", "\u094D",
            "\u1100\u1161", "\uAC00", "\u11A8", "\u30FB", "\u4E00", "\u3002", "\u00DF", "\u1E9E", "\u13A0", "\u1F88", "\u0345", "\u0344", "\uD800", "\u0000",
            "\U0001F600", "\U00010400", "\uFE0F", "\u2163", "[", "]", ":")
        .ListOf()
        .Resize(6)
        .Select(string.Concat);

    [Fact]
    public void An_address_reads_back_as_itself() => Check.One(Thorough, Prop.ForAll(Text.ToArbitrary(), text =>
    {
        if (!Jid.TryParse(text, out var jid))
            return;
        Assert.Equal(jid, Jid.Parse(jid.ToString()));
        Assert.Equal(jid, Jid.Parse(jid.Utf8));
        Assert.Equal(jid, Jid.Create(jid.Local, jid.Domain, jid.Resource));
    }));

    [Fact]
    public void Parts_make_an_address_that_reads_back_as_itself() => Check.One(Thorough, Prop.ForAll(
        Text.ToArbitrary(), Text.ToArbitrary(), Text.ToArbitrary(), (local, domain, resource) =>
        {
            foreach (var name in new[] { domain, "example.com" })
            {
                if (!Jid.TryCreate(local, name, resource, out var jid))
                    continue;
                Assert.Equal(jid, Jid.Parse(jid.ToString()));
                Assert.Equal(Encoding.UTF8.GetBytes(jid.ToString()), jid.Utf8.ToArray());
                Assert.Equal(jid.GetHashCode(), Jid.Parse(jid.Utf8).GetHashCode());
                Assert.True(jid.BareEquals(jid.Bare));
            }
        }));

    [Fact]
    public void Any_bytes_are_an_address_or_refused() => Check.One(Thorough, Prop.ForAll<byte[]>(utf8 =>
        Assert.Equal(Jid.TryParse(utf8, out var jid), jid is not null)));

    [Fact]
    public void Preparation_is_idempotent() => Check.One(Thorough, Prop.ForAll(Text.ToArbitrary(), text =>
    {
        PrecisProfile[] profiles =
        [
            Precis.UsernameCaseMapped, Precis.UsernameCasePreserved, Precis.OpaqueString, Precis.Nickname, Precis.NicknameComparison,
        ];
        foreach (var profile in profiles)
        {
            if (profile.TryEnforce(text, out var once))
                Assert.Equal(once, profile.Enforce(once));
        }
    }));

    [Fact]
    public void What_is_escaped_unescapes_to_itself() => Check.One(Thorough, Prop.ForAll(Text.ToArbitrary(), text =>
    {
        var trimmed = text.Trim(' ');
        var escaped = JidEscaping.Escape(trimmed);
        Assert.Equal(trimmed, JidEscaping.Unescape(escaped));
        Assert.DoesNotContain('@', escaped);
        Assert.DoesNotContain(' ', escaped);
    }));
}
