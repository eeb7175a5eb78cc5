using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Archive;

/// <summary>Answers what an account asks and says about whose messages are archived (XEP-0441 §2.1).</summary>
internal sealed class PreferenceRequests(ArchivePolicies policies)
{
    /// <summary>Addresses that one account's lists may have together.</summary>
    internal const int MaxAddresses = 500;

    internal async ValueTask<Stanza> GetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        ArchiveRequests.RequireOwn(request);
        var policy = await policies.GetAsync(request.To, cancellationToken) ?? throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        return request.Result(policy.Preferences.WriteTo);
    }

    internal async ValueTask<Stanza> SetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        ArchiveRequests.RequireOwn(request);
        var preferences = ArchivePreferences.Parse(request.Payload);
        if (preferences.Always.Count + preferences.Never.Count > MaxAddresses)
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"The lists have {MaxAddresses} addresses at most.");
        }

        await policies.SetAsync(request.To, preferences, cancellationToken);
        return request.Result(preferences.WriteTo);
    }
}
