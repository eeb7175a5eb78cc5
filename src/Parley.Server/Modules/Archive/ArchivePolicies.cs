using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Modules.Roster;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Archive;

/// <summary>The archive preferences of the accounts, those in use kept in memory: to ask for one mostly costs one look into a dictionary.</summary>
/// <remarks>
/// What is in memory belongs to an account that exists; names that no account has are not kept. Bounded: the preferences used since the last turn of the
/// generations and those of the turn before are kept, up to 100,000 accounts a generation (each 16 addresses in lists count as one more). All without
/// preferences of their own share those of the server.
/// </remarks>
internal sealed class ArchivePolicies(
    IAccountDocumentStore documents, IAccountStore accounts, IRosterQuery rosters, IOptions<XmppServerOptions> options) : IStorageCache
{
    private const string Kind = "archive";
    private const string Key = "preferences";
    private const int MaxGeneration = 100_000;
    private readonly ArchivePolicy _default = new(new ArchivePreferences(options.Value.ArchiveDefault, [], []));
    private readonly AccountCache<ArchivePolicy> _known = new(
        MaxGeneration, static (_, policy) => 1 + ((policy.Preferences.Always.Count + policy.Preferences.Never.Count) / 16));

    /// <summary>Whether messages that an account exchanges with an address are archived; never for an account that does not exist. Mostly completed at once.</summary>
    /// <param name="account">The bare JID.</param>
    /// <param name="other">The other end, as it stands in the message.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal ValueTask<bool> WantsAsync(Jid account, Jid other, CancellationToken cancellationToken)
    {
        if (_known.Find(account)?.Wants(other) is { } known)
        {
            return new(known);
        }

        return AskAsync(account, other, cancellationToken);
    }

    /// <summary>What applies to an account; null when there is no such account.</summary>
    internal async ValueTask<ArchivePolicy?> GetAsync(Jid account, CancellationToken cancellationToken)
    {
        if (_known.Find(account) is { } known)
        {
            return known;
        }

        var before = _known.Now;
        if (!await accounts.ExistsAsync(account, cancellationToken))
        {
            return null;
        }

        var policy = await documents.GetAsync(account, Kind, Key, cancellationToken) is { } document
            ? new ArchivePolicy(ArchivePreferences.Parse(XmlElement.Parse(document)))
            : _default;

        // What was read may be out of date when something changed meanwhile: it serves this once.
        _known.Keep(account, policy, before);
        return policy;
    }

    /// <summary>Changes an account's preferences, durably.</summary>
    internal async ValueTask SetAsync(Jid account, ArchivePreferences preferences, CancellationToken cancellationToken)
    {
        try
        {
            await documents.SetAsync(account, Kind, Key, XmlFragment.Build(preferences.WriteTo), 1, cancellationToken);
        }
        finally
        {
            // A change that failed may be kept all the same.
            Forget(account);
        }
    }

    internal void Forget(Jid account) => _known.Forget(account);

    public void Forget() => _known.Forget();

    private async ValueTask<bool> AskAsync(Jid account, Jid other, CancellationToken cancellationToken) =>
        await GetAsync(account, cancellationToken) is { } policy
        && (policy.Wants(other) ?? await rosters.FindAsync(account, other, cancellationToken) is not null);
}
