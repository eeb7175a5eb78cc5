using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What is stored of a room beside its members: configuration and subject, as an element that names its version.</summary>
/// <param name="Configuration">The configuration.</param>
/// <param name="Subject">The subject, or null.</param>
/// <param name="VCard">The vCard, or null.</param>
/// <param name="Hats">The hats.</param>
internal sealed record RoomDocument(RoomConfiguration Configuration, RoomSubject? Subject, RoomVCard? VCard, RoomHats Hats)
{
    private static readonly XmlName Name = new("room", "urn:parley:room:1");

    internal byte[] ToBytes() => XmlFragment.Build(writer =>
    {
        writer.Start(Name);
        RoomForm.ToStored(Configuration).WriteTo(writer);
        if (Subject is { } subject)
        {
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            subject.Message.WriteStandaloneTo(output);
            writer.Start("subject").Attribute("since", DateTimeProfile.Format(subject.Since)).Raw(output.WrittenSpan).End();
        }

        if (VCard is { } card)
        {
            writer.Raw(card.Document.Span);
        }

        Hats.WriteTo(writer);
        writer.End();
    });

    /// <summary>Reads a document; what it does not say is as in <paramref name="defaults"/>.</summary>
    internal static RoomDocument Parse(ReadOnlyMemory<byte> bytes, RoomConfiguration defaults)
    {
        var root = XmlElement.Parse(bytes);
        var configuration = DataForm.In(root) is { } form ? RoomForm.Apply(form, defaults) : defaults;
        return new RoomDocument(
            configuration,
            root.Child("subject", Name.Namespace) is { } subject ? ReadSubject(subject) : null,
            root.Child(RoomVCard.Name) is { } card ? RoomVCard.Parse(card) : null,
            RoomHats.Parse(root));
    }

    private static RoomSubject? ReadSubject(XmlElement element)
    {
        foreach (var message in element.Children)
        {
            if (Stanza.Read(message.ToStandaloneBytes(), StanzaContext.Client()) is { } stanza
                && DateTimeProfile.TryParse(element.Attribute("since"), out var since))
            {
                return new RoomSubject(stanza, since);
            }
        }

        return null;
    }
}
