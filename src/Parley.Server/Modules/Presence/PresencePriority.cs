using System.Globalization;
using Parley.Protocol;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Presence;

/// <summary>The priority that a presence stanza says (RFC 6121 §4.7.2.3).</summary>
internal static class PresencePriority
{
    private static readonly XmlName Priority = new("priority", Namespaces.Client);

    /// <summary>The priority; 0 where none is said.</summary>
    /// <exception cref="StanzaException">bad-request: it is no integer from -128 to 127.</exception>
    internal static sbyte Read(Stanza presence)
    {
        if (presence.Child(Priority) is not { } element)
        {
            return 0;
        }

        return sbyte.TryParse(element.Text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority)
            ? priority
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "A priority is an integer from -128 to 127.");
    }
}
