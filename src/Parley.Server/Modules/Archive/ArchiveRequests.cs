using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Archive;

/// <summary>Answers what an account asks of its archive: queries, their form, and metadata (XEP-0313 §4, §5).</summary>
internal sealed class ArchiveRequests(ArchiveQueries queries, GivenMessages given, TimeProvider time)
{
    internal ValueTask<Stanza> QueryAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        var receiver = new SessionReceiver(request.Session!, request.Flush, given, time);
        return queries.QueryAsync(request.Stanza, request.Payload, receiver, cancellationToken);
    }

    internal static ValueTask<Stanza> FormAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        return new(ArchiveQueries.Form(request.Stanza, ArchiveFilter.Form));
    }

    internal ValueTask<Stanza> MetadataAsync(IqRequest request, CancellationToken cancellationToken)
    {
        RequireOwn(request);
        return queries.MetadataAsync(request.Stanza, cancellationToken);
    }

    /// <summary>Refuses requests about another's archive, the same whether there is such an account or not (XEP-0313 §7.1).</summary>
    /// <exception cref="StanzaException">forbidden.</exception>
    internal static void RequireOwn(IqRequest request)
    {
        if (!request.IsOwn || request.Session is null)
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden);
        }
    }
}
