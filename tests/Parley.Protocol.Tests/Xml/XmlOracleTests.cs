using FsCheck;
using FsCheck.Fluent;
using Parley.Fuzz;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

/// <summary>Generated and mutated documents against System.Xml, and against themselves cut and written anew.</summary>
public sealed class XmlOracleTests
{
    /// <summary>What the fuzzer once found, so that it stays found.</summary>
    public static TheoryData<string> Findings { get; } =
    [
        "<a b='&#x10FFFF;1.0'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='' q:b=''/>",
        "\uFEFF<?xml version='1.0' encoding='utf-8'?><a/>",
        "<a>]]<b/>></a>",
        "<a>]<![CDATA[]]]>></a>",
    ];

    [Fact]
    public void Generated_documents_are_read_as_System_Xml_reads_them() =>
        Prop.ForAll(Tapes, tape =>
        {
            var document = DocumentTape.Write(tape);
            Assert.True(XmlEvents.FromDocument(document).IsAccepted);
            Assert.Null(XmlInvariants.Check(document, new Random(tape.Length)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Mutated_documents_are_read_or_refused_as_System_Xml_does() =>
        Prop.ForAll(Tapes, tape =>
        {
            var random = new Random(tape.Aggregate(17, (seed, b) => (seed * 31) + b));
            var mutator = new Mutator([DocumentTape.Write(tape)], Mutator.XmlPieces, random);
            for (var i = 0; i < 10; i++)
                Assert.Null(XmlInvariants.Check(mutator.Next(), random));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void Mutated_corpus_breaks_nothing()
    {
        var random = new Random(20240131);
        var mutator = new Mutator([.. Corpus.Entries], Mutator.XmlPieces, random);
        for (var i = 0; i < 3000; i++)
            AssertHolds(mutator.Next(), random);
    }

    [Theory]
    [MemberData(nameof(Findings))]
    public void Findings_stay_fixed(string input) => AssertHolds(System.Text.Encoding.UTF8.GetBytes(input), new Random(1));

    private static Arbitrary<byte[]> Tapes => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf().ToArbitrary();

    private static void AssertHolds(byte[] input, Random random)
    {
        var broken = XmlInvariants.Check(input, random);
        Assert.True(broken is null, $"{Convert.ToBase64String(input)}\n{broken}");
    }
}
