using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules;

/// <summary>vcard-temp (XEP-0054 1.3.0): each account's vCard, which anybody may read and its owner alone may write.</summary>
/// <remarks>
/// A vCard may be as large as a stanza (<see cref="Hosting.XmppServerOptions.StanzaLimits"/>). XEP-0153 asks nothing of a server but to keep the
/// vCard and to pass presence on as it came: the hash in it is the client's.
/// </remarks>
public sealed class VCardModule(IAccountDocumentStore documents) : IXmppModule
{
    private const string Kind = "vcard-temp";
    private static readonly XmlName VCard = new("vCard", "vcard-temp");

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0054", "1.3.0", "vcard-temp")
        .Implements("XEP-0153", "1.1.1", "vCard-Based Avatars: kept and passed on")
        .OnIqGet(VCard, EntityKind.Account, GetAsync)
        .OnIqSet(VCard, EntityKind.Account | EntityKind.Server, SetAsync)
        .EvenForNoAccount(VCard);

    // To others, no vCard and no account are the same (XEP-0054 §3.3).
    private async ValueTask<Stanza> GetAsync(IqRequest request, CancellationToken cancellationToken) =>
        await documents.GetAsync(request.To, Kind, "", cancellationToken) is { } stored
            ? request.Result(writer => writer.Raw(stored.Span))
            : throw new StanzaException(request.IsOwn ? StanzaErrorCondition.ItemNotFound : StanzaErrorCondition.ServiceUnavailable);

    private async ValueTask<Stanza> SetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        // The domain's own, too, is not the sender's to set (XEP-0054 §3.2).
        if (!request.IsOwn)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden);
        }

        ReadOnlyMemory<byte>? document = null;
        if (request.Payload.HasChildren)
        {
            document = request.Payload.ToStandaloneBytes();
        }

        await documents.SetAsync(request.To, Kind, "", document, limit: 1, cancellationToken);
        return request.Result();
    }
}
