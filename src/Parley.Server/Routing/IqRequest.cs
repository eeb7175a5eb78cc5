using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>An iq get or set that this server answers, for one of its domains or on behalf of an account (RFC 6120 §8.2.3).</summary>
public sealed class IqRequest(Stanza stanza, EntityKind entity, ClientSession? session, FlushSet flush)
{
    /// <summary>The request, with sender and recipient.</summary>
    public Stanza Stanza { get; } = stanza;

    /// <summary>Who asks: a full JID, or a server's domain.</summary>
    public Jid From { get; } = stanza.From!;

    /// <summary>Who is asked: a hosted domain, or an account's bare JID.</summary>
    public Jid To { get; } = stanza.To!;

    /// <summary>Which of the two.</summary>
    public EntityKind Entity { get; } = entity;

    /// <summary>The one child element.</summary>
    public XmlElement Payload { get; } = stanza.Element(stanza.Children[0]);

    /// <summary>The local session that asks, or null when a remote entity does.</summary>
    public ClientSession? Session { get; } = session;

    /// <summary>Where to note the connections that are written to.</summary>
    public FlushSet Flush { get; } = flush;

    /// <summary>What is to be done once the reply has been written, or null: pushes that must not come before it.</summary>
    public Action? Afterwards { get; set; }

    /// <summary>Whether the account that is asked asks itself.</summary>
    public bool IsOwn => Entity == EntityKind.Account && From.BareEquals(To);

    /// <summary>The result, with a payload or without.</summary>
    public Stanza Result(Action<Utf8XmlWriter>? write = null) => Stanza.Result(write);

    /// <summary>Refuses a request about another's account as if the account did not exist.</summary>
    /// <exception cref="StanzaException">service-unavailable, unless <see cref="IsOwn"/>.</exception>
    public void RequireOwn()
    {
        if (!IsOwn)
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }
    }
}

/// <summary>Answers an iq request with its result. To refuse it, throws <see cref="StanzaException"/>.</summary>
public delegate ValueTask<Stanza> IqHandler(IqRequest request, CancellationToken cancellationToken);
