using System.Globalization;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Modules.Presence;
using Parley.Server.Modules.Privileges;
using Parley.Server.Routing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>Roster management (RFC 6121 §2), with versions (§2.6, XEP-0237).</summary>
/// <remarks>A roster holds <see cref="XmppServerOptions.MaxRosterItems"/> contacts of 512 bytes on average; more is refused with resource-constraint.</remarks>
internal sealed class RosterModule(
    Rosters rosters, RosterPushes pushes, ISubscriptionCancellation subscriptions, IRosterPrivileges privileges, IAccountStore accounts, IOptions<XmppServerOptions> options) : IXmppModule
{
    private static readonly XmlName Versions = new("ver", "urn:xmpp:features:rosterver");

    public void Configure(ModuleBuilder module)
    {
        pushes.Configure(module);
        module
            .Implements("RFC 6121", "2011", "Instant Messaging and Presence")
            .Implements("XEP-0237", "1.3", "Roster Versioning")
            .StreamFeature(new RosterFeature(Versions))
            .OnIqGet(RosterXml.Query, EntityKind.Account, GetAsync)
            .OnIqSet(RosterXml.Query, EntityKind.Account, SetAsync)
            .EvenForNoAccount(RosterXml.Query)
            .OnAccountRemoved((account, _, cancellationToken) => rosters.ForgetAsync(account, cancellationToken));
    }

    private async ValueTask<Stanza> GetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        await RequireOwnerAsync(request, cancellationToken);

        // First the interest, then the roster: no change is missed in between.
        if (request.Session is { } session)
        {
            pushes.Interest(session);
        }

        Stanza reply;
        RosterSnapshot roster;
        do
        {
            // Until what is replied is not older than what may have been pushed meanwhile.
            roster = await rosters.GetAsync(request.To, cancellationToken);
            reply = Answer(request, roster);
        }
        while ((await rosters.GetAsync(request.To, cancellationToken)).Version != roster.Version);
        return reply;
    }

    private static Stanza Answer(IqRequest request, RosterSnapshot roster)
    {
        var known = request.Payload.Attribute("ver");
        request.Afterwards = null;
        if (request.Session is not { } session
            || !long.TryParse(known, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            || !roster.KnowsChangesSince(version))
        {
            return Whole(request, roster, known is not null);
        }

        var changed = roster.Items.Where(item => item.Version > version).OrderBy(static item => item.Version).ToArray();
        if (changed.Length > roster.Count)
        {
            return Whole(request, roster, versioned: true);
        }

        request.Afterwards = () => Array.ForEach(changed, item => RosterPushes.Send(session, item, request.Flush));
        return request.Result();
    }

    private static Stanza Whole(IqRequest request, RosterSnapshot roster, bool versioned) => request.Result(writer =>
    {
        writer.Start(RosterXml.Query).Attribute("ver", versioned ? RosterXml.Version(roster.Version) : null);
        foreach (var item in roster.Items)
        {
            if (item.InRoster)
            {
                RosterXml.Write(writer, item);
            }
        }

        writer.End();
    });

    private async ValueTask<Stanza> SetAsync(IqRequest request, CancellationToken cancellationToken)
    {
        await RequireOwnerAsync(request, cancellationToken);
        var set = RosterSet.Parse(request.Payload, request.To);
        if (set.IsRemoval)
        {
            await RemoveAsync(request, set.Contact, cancellationToken);
        }
        else
        {
            await rosters.ChangeAsync(request.To, set.Contact, request.Flush, (roster, item) => Put(roster, item, set), cancellationToken);
        }

        return request.Result();
    }

    private RosterChange Put(RosterSnapshot roster, RosterItem? item, RosterSet set)
    {
        var changed = (item ?? RosterItems.New(set.Contact)) with { Name = set.Name, Groups = set.Groups, InRoster = true };
        roster.RequireRoom(item, changed, options.Value.MaxRosterItems);
        return new RosterChange(changed, Push: true);
    }

    private async ValueTask RemoveAsync(IqRequest request, Jid contact, CancellationToken cancellationToken)
    {
        RosterItem? removed = null;
        await rosters.ChangeAsync(
            request.To,
            contact,
            request.Flush,
            (_, item) =>
            {
                removed = item is { InRoster: true } ? item : throw new StanzaException(StanzaErrorCondition.ItemNotFound);
                return new RosterChange(RosterItems.Tombstone(contact), Push: true);
            },
            cancellationToken);
        await subscriptions.CancelAsync(request.To, removed!, request.Flush, cancellationToken);
    }

    // The same answer whether there is such an account or not (RFC 6121 §2.3.3).
    private async ValueTask RequireOwnerAsync(IqRequest request, CancellationToken cancellationToken)
    {
        if (request.IsOwn)
        {
            return;
        }

        if (!privileges.IsPermitted(request))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden);
        }

        // Whoever may look hears that nobody is there (RFC 6121 §8.5.1).
        if (!await accounts.ExistsAsync(request.To, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }
    }
}
