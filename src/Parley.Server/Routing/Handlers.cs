using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Routing;

/// <summary>Handles presence that a local client sends, of one type, with or without a recipient (RFC 6121 §3, §4).</summary>
public delegate ValueTask OutboundPresenceHandler(ClientSession session, Stanza presence, FlushSet flush, CancellationToken cancellationToken);

/// <summary>Handles presence of one type that arrives for a local account, at its bare JID or at a full one.</summary>
public delegate ValueTask InboundPresenceHandler(Stanza presence, FlushSet flush, CancellationToken cancellationToken);

/// <summary>Hears what happened to a session.</summary>
public delegate ValueTask SessionHandler(ClientSession session, FlushSet flush, CancellationToken cancellationToken);

/// <summary>Hears what happened to a component.</summary>
public delegate ValueTask ComponentHandler(ComponentDomain component, FlushSet flush, CancellationToken cancellationToken);

/// <summary>Hears what happened to an account.</summary>
public delegate ValueTask AccountHandler(Jid account, FlushSet flush, CancellationToken cancellationToken);
