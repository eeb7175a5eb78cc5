using System.Buffers;
using Microsoft.Extensions.Options;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules;

/// <summary>Private XML Storage (XEP-0049 1.2): elements that an account's own clients keep on the server, by their names.</summary>
/// <remarks>
/// An account keeps 200 differently named elements at most, each no larger than a stanza; an empty one is kept as none at all. One answer has as many
/// of them as fit into a stanza (<see cref="XmppServerOptions.StanzaLimits"/>), or one.
/// </remarks>
public sealed class PrivateXmlModule(IAccountDocumentStore documents, IOptions<XmppServerOptions> options) : IXmppModule
{
    private const string Kind = "private";
    private const int MaxDocuments = 200;
    private static readonly XmlName Query = new("query", "jabber:iq:private");

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0049", "1.2", "Private XML Storage")
        .OnIqGet(Query, EntityKind.Account | EntityKind.Server, GetAsync)
        .OnIqSet(Query, EntityKind.Account | EntityKind.Server, SetAsync)
        .EvenForNoAccount(Query);

    private async ValueTask<Stanza> GetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);

        // RFC 6120's name for the "Bad Format" of the specification is bad-request. Elements of two namespaces must not be asked for at once.
        var asked = Elements(request.Payload);
        if (asked.Count == 0 || asked.Select(static element => element.NamespaceUri).Distinct(StringComparer.Ordinal).Skip(1).Any())
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "Ask for the elements of one namespace.");
        }

        var found = new ArrayBufferWriter<byte>();
        foreach (var element in asked.DistinctBy(Key))
        {
            if (found.WrittenCount > options.Value.StanzaLimits.MaxBytes)
            {
                throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Ask for fewer elements at a time.");
            }

            RequireProperNamespace(element);
            found.Write(await documents.GetAsync(request.To, Kind, Key(element), cancellationToken) is { } stored
                ? stored.Span
                : element.ToStandaloneBytes());
        }

        return request.Result(writer => writer.Start(Query).Raw(found.WrittenSpan).End());
    }

    private async ValueTask<Stanza> SetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        var elements = Elements(request.Payload);
        if (elements.Count == 0)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "There is nothing to keep.");
        }

        elements.ForEach(RequireProperNamespace);
        var documentsByKey = elements.ToLookup(Key, StringComparer.Ordinal);
        foreach (var same in documentsByKey)
        {
            if (documentsByKey.Count > MaxDocuments || !await documents.SetAsync(request.To, Kind, same.Key, Document([.. same]), MaxDocuments, cancellationToken))
            {
                throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"An account keeps {MaxDocuments} elements at most.");
            }
        }

        return request.Result();
    }

    // As the specification's example has it, and the same for accounts that do not exist and for the domain (§3).
    private static void RequireOwn(IqRequest request)
    {
        if (!request.IsOwn)
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.Forbidden, StanzaErrorType.Cancel));
        }
    }

    private static void RequireProperNamespace(XmlElement element)
    {
        var name = element.NamespaceUri;
        if (name is "" or "vcard-temp"
            || name.StartsWith("jabber:", StringComparison.Ordinal)
            || name.StartsWith("http://jabber.org/", StringComparison.Ordinal))
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "The element has no namespace of its own, or a reserved one.");
        }
    }

    private static string Key(XmlElement element) => $"{{{element.NamespaceUri}}}{element.LocalName}";

    private static ReadOnlyMemory<byte>? Document(XmlElement[] elements)
    {
        if (elements is [var only] && !only.HasChildren && only.Text.Length == 0 && only.Attributes.Count == 0)
        {
            return null;
        }

        var bytes = new ArrayBufferWriter<byte>();
        foreach (var element in elements)
        {
            bytes.Write(element.ToStandaloneBytes());
        }

        return bytes.WrittenMemory;
    }

    private static List<XmlElement> Elements(XmlElement query)
    {
        var elements = new List<XmlElement>();
        foreach (var child in query.Children)
        {
            elements.Add(child);
        }

        return elements;
    }
}
