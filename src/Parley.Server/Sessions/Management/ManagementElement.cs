using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;

namespace Parley.Server.Sessions.Management;

/// <summary>The elements of stream management (XEP-0198).</summary>
internal static class ManagementElement
{
    internal const string Namespace = "urn:xmpp:sm:3";
    internal static readonly XmlName Feature = new("sm", Namespace);
    internal static readonly XmlName Enable = new("enable", Namespace);
    internal static readonly XmlName Resume = new("resume", Namespace);
    internal static readonly XmlName Request = new("r", Namespace);
    internal static readonly XmlName Answer = new("a", Namespace);
    internal static readonly XmlName Failed = new("failed", Namespace);
    private static readonly XmlName TooHigh = new("handled-count-too-high", Namespace);

    /// <summary>Whether an element is a request as most clients write it; others are found by parsing.</summary>
    internal static bool IsPlainRequest(ReadOnlySpan<byte> element) =>
        element.SequenceEqual("<r xmlns='urn:xmpp:sm:3'/>"u8) || element.SequenceEqual("<r xmlns=\"urn:xmpp:sm:3\"/>"u8);

    /// <summary>Reads an acknowledgement as most clients write it.</summary>
    internal static bool TryReadPlainAnswer(ReadOnlySpan<byte> element, out uint handled)
    {
        handled = 0;
        if (!element.StartsWith("<a xmlns='urn:xmpp:sm:3' h='"u8) && !element.StartsWith("<a xmlns=\"urn:xmpp:sm:3\" h=\""u8))
        {
            return false;
        }

        return Utf8Parser.TryParse(element[28..], out handled, out var digits)
            && element[28 + digits] == element[27] && element[(29 + digits)..].SequenceEqual("/>"u8);
    }

    /// <summary>The value of an 'h': an unsignedInt; null when it is none.</summary>
    internal static uint? HandledCount(XmlElement element) =>
        uint.TryParse(element.Attribute("h")?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var handled) ? handled : null;

    /// <summary>A boolean of XML Schema.</summary>
    internal static bool IsTrue(string? value) => value?.Trim() is "true" or "1";

    /// <summary>How long a stream may be resumed that is being enabled: what the peer wishes, <paramref name="longest"/> at most; null when it asks for no resumption, or there is none here.</summary>
    internal static TimeSpan? ResumptionTime(XmlElement enable, TimeSpan longest) =>
        !IsTrue(enable.Attribute("resume")) || longest <= TimeSpan.Zero ? null
        : uint.TryParse(enable.Attribute("max"), NumberStyles.None, CultureInfo.InvariantCulture, out var wish) && wish > 0 && wish < longest.TotalSeconds
            ? TimeSpan.FromSeconds(wish)
            : longest;

    /// <summary>An id that nobody guesses (§5).</summary>
    internal static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>The answer to an enable without resumption (§3).</summary>
    internal static byte[] Enabled() => XmlFragment.Build(static writer => writer.Start("enabled", Namespace).End());

    /// <summary>The answer to an enable with resumption (§5).</summary>
    internal static byte[] Enabled(string id, TimeSpan time, string? location) => XmlFragment.Build(writer => writer
        .Start("enabled", Namespace)
        .Attribute("id", id)
        .Attribute("resume", "true")
        .Attribute("max", ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture))
        .Attribute("location", location)
        .End());

    /// <summary>The answer to a resume that succeeded (§5).</summary>
    internal static byte[] Resumed(uint handled, string previous) => XmlFragment.Build(writer => writer
        .Start("resumed", Namespace)
        .Attribute("h", handled.ToString(CultureInfo.InvariantCulture))
        .Attribute("previd", previous)
        .End());

    /// <summary>The answer to what failed (§6).</summary>
    internal static byte[] Failure(StanzaErrorCondition condition, uint? handled = null) => XmlFragment.Build(writer => writer
        .Start(Failed)
        .Attribute("h", handled?.ToString(CultureInfo.InvariantCulture))
        .Element(StanzaError.ConditionName(condition), Namespaces.StanzaErrors)
        .End());

    /// <summary>The peer claims what cannot be (§6).</summary>
    internal static StreamException CountTooHigh(string? handled, uint sent) =>
        new(StreamErrorCondition.UndefinedCondition, $"Of {sent} stanzas that were sent, '{handled}' cannot have been handled.")
        {
            ApplicationCondition = XmlFragment.Build(writer => writer
                .Start(TooHigh).Attribute("h", handled).Attribute("send-count", sent.ToString(CultureInfo.InvariantCulture)).End()),
        };
}
