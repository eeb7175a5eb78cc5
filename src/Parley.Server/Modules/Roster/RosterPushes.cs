using System.Collections.Immutable;
using System.Security.Cryptography;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Modules.Privileges;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Roster;

/// <summary>Tells the interested resources of an account, those that asked for its roster, what has changed in it (RFC 6121 §2.1.6).</summary>
internal sealed class RosterPushes(SessionDirectory sessions, IRosterPrivileges privileges)
{
    private SessionSlot<object> _interested = null!;

    /// <summary>Takes the place in each session where its interest is noted.</summary>
    internal void Configure(ModuleBuilder module) => _interested = module.SessionMark("roster");

    /// <summary>Notes that a session has asked for the roster.</summary>
    internal void Interest(ClientSession session) => session.Set(_interested, this);

    /// <summary>Sends each interested resource a push; the payload is written once.</summary>
    internal void Send(Jid account, RosterItem item, FlushSet flush)
    {
        Stanza? push = null;
        foreach (var session in All(account))
        {
            if (IsInterested(session))
            {
                push ??= Push(item);
                session.Deliver(push, null, session.Jid, flush);
            }
        }

        privileges.Push(account, () => push ??= Push(item), flush);
    }

    /// <summary>Sends one session a push.</summary>
    internal static void Send(ClientSession session, RosterItem item, FlushSet flush) => session.Deliver(Push(item), null, session.Jid, flush);

    /// <summary>Delivers a stanza to each interested resource.</summary>
    internal void Deliver(Jid account, Stanza stanza, FlushSet flush)
    {
        foreach (var session in All(account))
        {
            if (IsInterested(session))
            {
                session.Deliver(stanza, flush);
            }
        }
    }

    private ImmutableArray<ClientSession> All(Jid account) => sessions.Find(account)?.All ?? [];

    private bool IsInterested(ClientSession session) => session.Get(_interested) is not null;

    // Without a sender: the account's own server (RFC 6121 §2.1.6).
    private static Stanza Push(RosterItem item) => Stanza.Create(
        StanzaKind.Iq,
        StanzaType.Set,
        null,
        null,
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
        writer =>
        {
            writer.Start(RosterXml.Query).Attribute("ver", RosterXml.Version(item.Version));
            RosterXml.Write(writer, item);
            writer.End();
        });
}
