using System.Security.Cryptography;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A room's vCard, for the avatar in it (XEP-0486, with XEP-0054 and XEP-0153).</summary>
/// <param name="Document">The vCard, which stands alone.</param>
/// <param name="Hashes">The SHA-1 of each image in it, in hexadecimal digits: of one avatar in several formats, mostly of one.</param>
internal sealed record RoomVCard(ReadOnlyMemory<byte> Document, IReadOnlyList<string> Hashes)
{
    internal const string Namespace = "vcard-temp";

    internal static readonly XmlName Name = new("vCard", Namespace);

    /// <summary>Reads a vCard; null for an empty one.</summary>
    /// <exception cref="StanzaException">bad-request: an image is no base64.</exception>
    internal static RoomVCard? Parse(XmlElement element)
    {
        if (!element.HasChildren)
        {
            return null;
        }

        var hashes = new List<string>();
        foreach (var child in element.Children)
        {
            if (child.Is("PHOTO", Namespace) && child.Child("BINVAL", Namespace)?.Text is { } image)
            {
                hashes.Add(HashOf(image));
            }
        }

        return new RoomVCard(element.ToStandaloneBytes(), hashes);
    }

    private static string HashOf(string image)
    {
        try
        {
#pragma warning disable CA5350 // The hash that XEP-0153 names; it protects nothing.
            return Convert.ToHexStringLower(SHA1.HashData(Convert.FromBase64String(image)));
#pragma warning restore CA5350
        }
        catch (FormatException)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "<BINVAL/> takes base64.");
        }
    }
}
