using System.Text;
using Parley.Fuzz;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Xml;

/// <summary>Sizes that are meant to hurt: with limits refused early, and without any still linear in memory.</summary>
public sealed class XmlHostileTests
{
    private const int Mebibyte = 1024 * 1024;

    public static TheoryData<string> Attacks { get; } = ["levels", "attributes", "text", "value", "name", "attribute name", "cdata", "space in tag", "declaration"];

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Is_refused_at_the_limit(string attack)
    {
        var bytes = Encoding.UTF8.GetBytes(attack == "declaration" ? Build(attack) : "<s>" + Build(attack));
        var scanner = new StanzaScanner(XmlLimits.BeforeAuthentication);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refused = Refusal(scanner, bytes);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(StreamErrorCondition.PolicyViolation, refused);
        Assert.InRange(allocated, 0, 64 * 1024);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void One_byte_at_a_time_costs_no_more_memory_than_a_few_copies(string attack)
    {
        var bytes = Encoding.UTF8.GetBytes(Build(attack));
        var scanner = new StanzaScanner(XmlEvents.Unlimited, ScannerMode.Document);
        var tokens = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < bytes.Length; i++)
        {
            ReadOnlySpan<byte> one = bytes.AsSpan(i, 1);
            if (scanner.Read(ref one, out var token) == ScanResult.Element)
                tokens++;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(1, tokens);
        Assert.InRange(allocated, bytes.Length, (4 * bytes.Length) + Mebibyte);
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Is_read_with_memory_in_proportion(string attack)
    {
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(Build(attack));
        var scanner = new StanzaScanner(XmlEvents.Unlimited, ScannerMode.Document);
        Assert.Equal(ScanResult.Element, scanner.Read(ref bytes, out var token));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = new Utf8XmlReader(token);
        while (reader.Read())
        {
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 16L * Mebibyte);
    }

    [Fact]
    public void Equal_attributes_among_very_many_are_found()
    {
        var many = string.Concat(Enumerable.Range(0, 20_000).Select(i => $" a{i}=''"));
        Assert.True(XmlEvents.FromElement(Encoding.UTF8.GetBytes($"<a{many}/>")).IsAccepted);
        Assert.Equal(StreamErrorCondition.NotWellFormed, XmlEvents.FromElement(Encoding.UTF8.GetBytes($"<a{many} a77=''/>")).Refusal);
        Assert.Equal(
            StreamErrorCondition.NotWellFormed,
            XmlEvents.FromElement(Encoding.UTF8.GetBytes($"<a xmlns:p='u' xmlns:qq='u' p:a77=''{many} qq:a77=''/>")).Refusal);
        Assert.True(XmlEvents.FromElement(Encoding.UTF8.GetBytes($"<a xmlns:p='u' xmlns:q='v' p:a77=''{many} q:a77=''/>")).IsAccepted);
    }

    [Fact]
    public void So_many_declarations_in_scope_and_no_more()
    {
        static byte[] Declarations(int count) =>
            Encoding.UTF8.GetBytes($"<a{string.Concat(Enumerable.Range(0, count).Select(i => $" xmlns:p{i}='u{i}'"))}/>");
        Assert.True(XmlEvents.FromElement(Declarations(128)).IsAccepted);
        Assert.Equal(StreamErrorCondition.PolicyViolation, XmlEvents.FromElement(Declarations(129)).Refusal);
        // Those of an element that has ended count no more.
        var siblings = string.Concat(Enumerable.Range(0, 500).Select(i => $"<b xmlns:p{i}='u'/>"));
        Assert.True(XmlEvents.FromElement(Encoding.UTF8.GetBytes($"<a>{siblings}</a>")).IsAccepted);
    }

    [Fact]
    public void Names_leave_nothing_behind()
    {
        var bytes = Encoding.UTF8.GetBytes("<s>" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"<e{i} xmlns='n{i}' a{i}=''/>")));
        var scanner = new StanzaScanner(XmlLimits.Default);
        Assert.Equal(100_000, ReadEach(scanner, "<s><warm/>"u8) - 1 + ReadEach(new StanzaScanner(XmlLimits.Default), bytes));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var read = ReadEach(scanner, bytes.AsSpan(3));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(100_000, read);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void An_idle_scanner_keeps_no_buffer()
    {
        var stanza = Encoding.UTF8.GetBytes("<a>" + new string('x', 100_000) + "</a>");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var scanners = new StanzaScanner[1000];
        for (var i = 0; i < scanners.Length; i++)
        {
            scanners[i] = new StanzaScanner(XmlLimits.Default);
            Assert.Equal(0, ReadEach(scanners[i], "<s>"u8));
            Assert.Equal(0, ReadEach(scanners[i], stanza.AsSpan(0, 50_000)));
            Assert.True(scanners[i].HasPartial);
            Assert.Equal(1, ReadEach(scanners[i], stanza.AsSpan(50_000)));
        }

        // Other tests run at the same time; a buffer kept by each would be 100 MB.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 30L * Mebibyte);
        GC.KeepAlive(scanners);
    }

    private static string Build(string attack) => attack switch
    {
        "levels" => string.Concat(Enumerable.Repeat("<a>", 50_000)) + string.Concat(Enumerable.Repeat("</a>", 50_000)),
        "attributes" => $"<a{string.Concat(Enumerable.Range(0, 20_000).Select(i => $" a{i}=''"))}/>",
        "text" => $"<a>{new string('x', Mebibyte)}</a>",
        "value" => $"<a b='{new string('x', Mebibyte)}'/>",
        "name" => $"<{new string('x', Mebibyte)}></{new string('x', Mebibyte)}>",
        "attribute name" => $"<a {new string('x', Mebibyte)}='1'/>",
        "cdata" => $"<a><![CDATA[{new string(']', Mebibyte)}]]></a>",
        "space in tag" => $"<a{new string(' ', Mebibyte)}/>",
        "declaration" => $"<?xml version='1.0'{new string(' ', Mebibyte)}?><a/>",
        _ => throw new ArgumentOutOfRangeException(nameof(attack)),
    };

    private static StreamErrorCondition? Refusal(StanzaScanner scanner, ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (scanner.Read(ref bytes, out _) != ScanResult.NeedMore)
            {
            }

            return null;
        }
        catch (StreamException refused)
        {
            return refused.Condition;
        }
    }

    private static int ReadEach(StanzaScanner scanner, ReadOnlySpan<byte> bytes)
    {
        var read = 0;
        ScanResult result;
        while ((result = scanner.Read(ref bytes, out var token)) != ScanResult.NeedMore)
        {
            if (result != ScanResult.Element)
                continue;
            var reader = new Utf8XmlReader(token);
            while (reader.Read())
            {
            }

            read++;
        }

        return read;
    }
}
