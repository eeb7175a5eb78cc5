using System.Text;
using Parley.Fuzz;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

public sealed class StanzaScannerTests
{
    private const string Header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    /// <summary>Input of a stream, and the tokens in it.</summary>
    public static TheoryData<string, string[]> Streams { get; } = new()
    {
        { Header + "<a/>", ["StreamOpen " + Header, "Element <a/>"] },
        { "<?xml version='1.0'?>" + Header, ["StreamOpen " + Header] },
        { "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone='no' ?>\r\n " + Header, ["StreamOpen " + Header] },
        { "\uFEFF<?xml version='1.0' encoding='utf-8'?>" + Header, ["StreamOpen " + Header] },
        { "\uFEFF" + Header, ["StreamOpen " + Header] },
        { " \n<?xml version='1.0'?>" + Header, ["StreamOpen " + Header] },
        { "<s/>", ["StreamOpen <s/>", "StreamClose "] },
        { "<s ></s >", ["StreamOpen <s >", "StreamClose </s >"] },
        { "<s> <a/>\n\n<b>x</b></s> \n", ["StreamOpen <s>", "Element <a/>", "Element <b>x</b>", "StreamClose </s>"] },
        { "<s><a><a><a/></a></a><ab></ab>", ["StreamOpen <s>", "Element <a><a><a/></a></a>", "Element <ab></ab>"] },
        { "<s><a b='>' c=\"/>'\"/><d e='</d>", ["StreamOpen <s>", "Element <a b='>' c=\"/>'\"/>", "NotWellFormed"] },
        { "<s><a><![CDATA[</a>]]]]>]]></a>", ["StreamOpen <s>", "Element <a><![CDATA[</a>]]]]>]]></a>"] },
        { "<s><a><![CDATA[>]]>", ["StreamOpen <s>", "partial"] },
        { "<s><é ñ='日'>𝄞</é>", ["StreamOpen <s>", "Element <é ñ='日'>𝄞</é>"] },
        { "<s><a\t\n b\r=\n'c'\r\n></a\n>", ["StreamOpen <s>", "Element <a\t\n b\r=\n'c'\r\n></a\n>"] },
        { "<s><a", ["StreamOpen <s>", "partial"] },
        { "<s><a><![CDATA[]>]]></a>", ["StreamOpen <s>", "Element <a><![CDATA[]>]]></a>"] },
        { " \uFEFF<s>", ["NotWellFormed"] },
        { "\uFEFF\uFEFF<s>", ["NotWellFormed"] },
    };

    /// <summary>Input of a stream that must be refused at its very last byte, not one later.</summary>
    public static TheoryData<string, StreamErrorCondition> RefusedStreams { get; } = new()
    {
        { "x", StreamErrorCondition.NotWellFormed },
        { "<!-", StreamErrorCondition.RestrictedXml },
        { "<!D", StreamErrorCondition.RestrictedXml },
        { "<![", StreamErrorCondition.NotWellFormed },
        { "<?p", StreamErrorCondition.RestrictedXml },
        { "<?xml-", StreamErrorCondition.RestrictedXml },
        { "<?xml version='1.0' encoding='utf-16'?>", StreamErrorCondition.UnsupportedEncoding },
        { "<?xml version='1.0' encoding='ISO-8859-1'?>", StreamErrorCondition.UnsupportedEncoding },
        { "<?xml version='1.0' encoding='UTF8'?>", StreamErrorCondition.UnsupportedEncoding },
        { "<?xml version='1.1'?>", StreamErrorCondition.NotWellFormed },
        { "<?xml encoding='utf-8'?>", StreamErrorCondition.NotWellFormed },
        { "<?xml ?>", StreamErrorCondition.NotWellFormed },
        { "<?xml version='1.0'encoding='utf-8'?>", StreamErrorCondition.NotWellFormed },
        { "<?xml version='1.0' standalone='maybe'?>", StreamErrorCondition.NotWellFormed },
        { "<?xml version='1.0' encoding='utf-8' more='1'?>", StreamErrorCondition.NotWellFormed },
        { "<?xml version='1.0'?><?", StreamErrorCondition.RestrictedXml },
        { "<?xml version='1.0'?><!D", StreamErrorCondition.RestrictedXml },
        { "</", StreamErrorCondition.NotWellFormed },
        { "<\0", StreamErrorCondition.UnsupportedEncoding },
        { "\0", StreamErrorCondition.UnsupportedEncoding },
        { "<s>x", StreamErrorCondition.InvalidXml },
        { "<s> &", StreamErrorCondition.InvalidXml },
        { "<s>\u0001", StreamErrorCondition.NotWellFormed },
        { "<s><![", StreamErrorCondition.InvalidXml },
        { "<s><!-", StreamErrorCondition.RestrictedXml },
        { "<s><?", StreamErrorCondition.RestrictedXml },
        { "<s><!D", StreamErrorCondition.RestrictedXml },
        { "<s></t", StreamErrorCondition.NotWellFormed },
        { "<s></ss", StreamErrorCondition.NotWellFormed },
        { "<stream></s>", StreamErrorCondition.NotWellFormed },
        { "<s></s><a", StreamErrorCondition.NotWellFormed },
        { "<s></s>x", StreamErrorCondition.NotWellFormed },
        { "<s><s>", StreamErrorCondition.InvalidXml },
        { Header + "<stream:stream ", StreamErrorCondition.InvalidXml },
        { "<s><a></b", StreamErrorCondition.NotWellFormed },
        { "<s><a></ab", StreamErrorCondition.NotWellFormed },
        { "<s><ab></a>", StreamErrorCondition.NotWellFormed },
        { "<s><a><b></a", StreamErrorCondition.NotWellFormed },
        { "<s><a></a b", StreamErrorCondition.NotWellFormed },
        { "<s><a></ ", StreamErrorCondition.NotWellFormed },
        { "<s><a><!-", StreamErrorCondition.RestrictedXml },
        { "<s><a><!E", StreamErrorCondition.RestrictedXml },
        { "<s><a><?", StreamErrorCondition.RestrictedXml },
        { "<s><a><![CDATa", StreamErrorCondition.NotWellFormed },
        { "<s>< ", StreamErrorCondition.NotWellFormed },
        { "<s><1", StreamErrorCondition.NotWellFormed },
        { "<s><-", StreamErrorCondition.NotWellFormed },
        { "<s><a<", StreamErrorCondition.NotWellFormed },
        { "<s><a=", StreamErrorCondition.NotWellFormed },
        { "<s><a b<", StreamErrorCondition.NotWellFormed },
        { "<s><a b>", StreamErrorCondition.NotWellFormed },
        { "<s><a b c", StreamErrorCondition.NotWellFormed },
        { "<s><a b=c", StreamErrorCondition.NotWellFormed },
        { "<s><a b='<", StreamErrorCondition.NotWellFormed },
        { "<s><a b='c'd", StreamErrorCondition.NotWellFormed },
        { "<s><a /a", StreamErrorCondition.NotWellFormed },
        { "<s><a 1", StreamErrorCondition.NotWellFormed },
    };

    public static TheoryData<byte[]> OtherEncodings { get; } = new()
    {
        new byte[] { 0xFE, 0xFF, 0, (byte)'<' },
        new byte[] { 0xFF, 0xFE, (byte)'<', 0 },
        new byte[] { 0, 0, 0xFE, 0xFF },
        new byte[] { 0xFF, 0xFE, 0, 0 },
        new byte[] { (byte)'<', 0, (byte)'?', 0 },
        new byte[] { 0, (byte)'<', 0, (byte)'?' },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Tokens_are_the_same_wherever_input_is_split(string input, string[] expected)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        Assert.Equal(expected, Tokens(bytes, bytes.Length));
        Assert.Equal(expected, Tokens(bytes, 1));
        for (var split = 1; split < bytes.Length; split++)
            Assert.Equal(expected, Tokens(bytes, split));
    }

    [Theory]
    [MemberData(nameof(RefusedStreams))]
    public void Refuses_at_the_byte_that_shows_the_fault(string input, StreamErrorCondition condition)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        for (var split = 1; split <= bytes.Length; split++)
        {
            var scanner = new StanzaScanner(XmlLimits.Default);
            // A token that is complete may precede the fault; all but the last byte is in order.
            Drain(scanner, bytes.AsSpan(0, split == bytes.Length ? 0 : Math.Min(split, bytes.Length - 1)));
            var rest = bytes[(split == bytes.Length ? 0 : Math.Min(split, bytes.Length - 1))..];
            Assert.Equal(condition, Assert.Throws<StreamException>(() => Drain(scanner, rest)).Condition);
        }
    }

    [Theory]
    [MemberData(nameof(OtherEncodings))]
    public void Refuses_other_encodings_at_the_first_bytes(byte[] input)
    {
        foreach (var mode in Enum.GetValues<ScannerMode>())
        {
            var scanner = new StanzaScanner(XmlLimits.Default, mode);
            Assert.Equal(StreamErrorCondition.UnsupportedEncoding, Assert.Throws<StreamException>(() => Drain(scanner, input)).Condition);
        }
    }

    [Theory]
    [InlineData("<a/>", "Element <a/>")]
    [InlineData(" <a><b/></a> ", "Element <a><b/></a>")]
    [InlineData("<?xml version='1.0'?><a/>", "Element <a/>")]
    [InlineData("\uFEFF<a/>", "Element <a/>")]
    [InlineData("<a/><b/>", "Element <a/>|Element <b/>")]
    [InlineData(" <?xml version='1.0'?><a/>", "RestrictedXml")]
    [InlineData("<a/><?xml version='1.0'?>", "Element <a/>|RestrictedXml")]
    [InlineData("<a/>x", "Element <a/>|NotWellFormed")]
    [InlineData("</a>", "NotWellFormed")]
    [InlineData("<a></a></a>", "Element <a></a>|NotWellFormed")]
    [InlineData("<![CDATA[x]]>", "NotWellFormed")]
    [InlineData("<!DOCTYPE a><a/>", "RestrictedXml")]
    [InlineData("<!--x--><a/>", "RestrictedXml")]
    public void Documents_are_whole_elements(string input, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        for (var split = 1; split <= bytes.Length; split++)
            Assert.Equal(expected.Split('|'), Tokens(bytes, split, ScannerMode.Document));
    }

    [Fact]
    public void Every_corpus_entry_scans_alike_however_it_is_split()
    {
        foreach (var entry in Corpus.Entries)
        {
            foreach (var mode in Enum.GetValues<ScannerMode>())
            {
                var whole = XmlInvariants.Scan(entry, XmlLimits.Default, mode, entry.Length);
                for (var length = 1; length < entry.Length; length++)
                    Assert.Equal(whole, XmlInvariants.Scan(entry, XmlLimits.Default, mode, length));
            }
        }
    }

    [Fact]
    public void A_token_within_one_piece_is_not_copied()
    {
        var scanner = Opened();
        ReadOnlySpan<byte> input = "<message to='a'><body>x</body></message><presence/>"u8;
        var all = input;
        Assert.Equal(ScanResult.Element, scanner.Read(ref input, out var first));
        Assert.Equal(ScanResult.Element, scanner.Read(ref input, out var second));
        Assert.True(all.Overlaps(first));
        Assert.True(all.Overlaps(second));
        Assert.True(input.IsEmpty);
    }

    [Fact]
    public void Whole_tokens_allocate_nothing()
    {
        var scanner = Opened();
        var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("<message to='a@b'><body>x</body><c><d><e/></d></c></message> ", 100)));
        Count(scanner, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var count = Count(scanner, bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(100, count);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void White_space_between_stanzas_begins_no_token()
    {
        var scanner = Opened();
        Assert.False(scanner.HasPartial);
        Drain(scanner, " \n\t"u8);
        Assert.False(scanner.HasPartial);
        Drain(scanner, "<"u8);
        Assert.True(scanner.HasPartial);
        Drain(scanner, "a/>"u8);
        Assert.False(scanner.HasPartial);
    }

    [Fact]
    public void Reset_expects_a_new_header()
    {
        var scanner = Opened();
        Drain(scanner, "<auth/>"u8);
        scanner.Reset();
        Assert.Equal(["StreamOpen <other>", "Element <s/>", "StreamClose </other>"], Tokens(scanner, "\n<?xml version='1.0'?><other><s/></other>"u8));
    }

    [Fact]
    public void Reset_drops_what_has_begun()
    {
        var scanner = Opened();
        Drain(scanner, "<a><b c='"u8);
        scanner.Reset();
        Assert.False(scanner.HasPartial);
        Assert.Equal(["StreamOpen <s>", "Element <d/>"], Tokens(scanner, "<s><d/>"u8));
    }

    [Theory]
    [InlineData("<a>45678</a>", null)]
    [InlineData("<a>456789</a>", StreamErrorCondition.PolicyViolation)]
    [InlineData("<a>4567890123456789", StreamErrorCondition.PolicyViolation)]
    [InlineData("<a b='234567", StreamErrorCondition.PolicyViolation)]
    [InlineData("<a234567890b", StreamErrorCondition.PolicyViolation)]
    [InlineData("                        <a/>", null)]
    public void A_token_has_so_many_bytes_and_no_more(string input, StreamErrorCondition? condition) =>
        AssertLimit(new XmlLimits { MaxBytes = 12 }, input, condition);

    [Theory]
    [InlineData("<a><b><c/></b><b><c/></b></a>", null)]
    [InlineData("<a><b><c><d", StreamErrorCondition.PolicyViolation)]
    [InlineData("<a/><a/><a/><a/>", null)]
    public void An_element_is_so_many_levels_deep_and_no_more(string input, StreamErrorCondition? condition) =>
        AssertLimit(new XmlLimits { MaxDepth = 3 }, input, condition);

    [Theory]
    [InlineData("<a b='' c=''><d e='' f=''/></a>", null)]
    [InlineData("<a b='' c='' d", StreamErrorCondition.PolicyViolation)]
    [InlineData("<a xmlns='' xmlns:b='' c", StreamErrorCondition.PolicyViolation)]
    public void An_element_has_so_many_attributes_and_no_more(string input, StreamErrorCondition? condition) =>
        AssertLimit(new XmlLimits { MaxAttributes = 2 }, input, condition);

    [Fact]
    public void Limits_change_within_the_stream()
    {
        var scanner = Opened(new XmlLimits { MaxBytes = 20 });
        scanner.Limits = new XmlLimits { MaxBytes = 40 };
        Assert.Equal(["Element <a>345678901234567890123</a>"], Tokens(scanner, "<a>345678901234567890123</a>"u8));
        scanner.Limits = new XmlLimits { MaxBytes = 20 };
        Assert.Throws<StreamException>(() => Drain(scanner, "<a>345678901234567890123</a>"u8));
    }

    [Fact]
    public void Before_authentication_less_is_allowed() => Assert.True(
        XmlLimits.BeforeAuthentication is { MaxBytes: 8192 } before && before.MaxDepth < XmlLimits.Default.MaxDepth
        && before.MaxAttributes < XmlLimits.Default.MaxAttributes && XmlLimits.Default.MaxBytes >= 10_000);

    private static void AssertLimit(XmlLimits limits, string input, StreamErrorCondition? condition)
    {
        var bytes = Encoding.UTF8.GetBytes(input);
        for (var length = 1; length <= bytes.Length; length++)
        {
            var scanned = XmlInvariants.Scan(bytes, limits, ScannerMode.Document, length);
            if (condition is null)
                Assert.EndsWith("between tokens", scanned, StringComparison.Ordinal);
            else
                Assert.EndsWith(condition.ToString()!, scanned, StringComparison.Ordinal);
        }
    }

    private static StanzaScanner Opened(XmlLimits? limits = null)
    {
        var scanner = new StanzaScanner(limits ?? XmlLimits.Default);
        Drain(scanner, "<s>"u8);
        return scanner;
    }

    private static void Drain(StanzaScanner scanner, ReadOnlySpan<byte> input) => Count(scanner, input);

    private static int Count(StanzaScanner scanner, ReadOnlySpan<byte> input)
    {
        var count = 0;
        while (scanner.Read(ref input, out _) != ScanResult.NeedMore)
            count++;
        return count;
    }

    private static List<string> Tokens(StanzaScanner scanner, ReadOnlySpan<byte> input)
    {
        var tokens = new List<string>();
        Collect(scanner, input, tokens);
        return tokens;
    }

    private static void Collect(StanzaScanner scanner, ReadOnlySpan<byte> input, List<string> tokens)
    {
        ScanResult result;
        while ((result = scanner.Read(ref input, out var token)) != ScanResult.NeedMore)
            tokens.Add($"{result} {Encoding.UTF8.GetString(token)}");
    }

    /// <summary>The tokens of input that is split once (or at every byte), and last why there are no more, if it is a fault or a partial token.</summary>
    private static List<string> Tokens(byte[] input, int split, ScannerMode mode = ScannerMode.Stream)
    {
        var scanner = new StanzaScanner(XmlLimits.Default, mode);
        var tokens = new List<string>();
        try
        {
            if (split == 1)
            {
                foreach (var b in input)
                    Collect(scanner, [b], tokens);
            }
            else
            {
                Collect(scanner, input.AsSpan(0, split), tokens);
                Collect(scanner, input.AsSpan(split), tokens);
            }
        }
        catch (StreamException refused)
        {
            tokens.Add(refused.Condition.ToString());
            return tokens;
        }

        if (scanner.HasPartial)
            tokens.Add("partial");
        return tokens;
    }
}
