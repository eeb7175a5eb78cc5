using System.Collections.Immutable;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Sessions;

namespace Parley.Server.Routing;

/// <summary>The resources of an account that a message goes to by RFC 6121 §8.5.3: the one that it is addressed to, all that take messages, or nobody.</summary>
public readonly struct MessageTargets
{
    private readonly ImmutableArray<ClientSession> _all;
    private readonly ClientSession? _addressed;

    private MessageTargets(ImmutableArray<ClientSession> all, ClientSession? addressed)
    {
        _all = all;
        _addressed = addressed;
    }

    /// <summary>Whether the message's type and address leave no resource that could take it, whichever were there; also the default value.</summary>
    public bool IsNobody => _all.IsDefault;

    /// <summary>The targets of a message among the account's sessions.</summary>
    public static MessageTargets Of(Stanza message, ImmutableArray<ClientSession> all)
    {
        var to = message.To!;
        if (to.IsFull)
        {
            foreach (var session in all)
            {
                if (session.Jid.Equals(to))
                {
                    return new(all, session);
                }
            }
        }

        return message.Type switch
        {
            StanzaType.Error or StanzaType.GroupChat => default,
            StanzaType.Chat => new(all, null),
            _ => to.IsFull ? default : new(all, null),
        };
    }

    /// <summary>Whether there is one that takes the message now.</summary>
    internal bool IsAnybody()
    {
        if (_addressed is not null)
        {
            return true;
        }

        foreach (var session in _all.IsDefault ? [] : _all)
        {
            if (session.IsReceptive)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the session gets the message itself.</summary>
    public bool Contains(ClientSession session) =>
        _addressed is not null ? ReferenceEquals(session, _addressed) : !_all.IsDefault && session.IsReceptive;

    /// <summary>Writes the message to each; false when none takes it.</summary>
    internal bool Deliver(Stanza message, FlushSet flush)
    {
        if (_addressed is not null)
        {
            return _addressed.Deliver(message, flush);
        }

        if (_all.IsDefault)
        {
            return false;
        }

        var takers = 0;
        foreach (var session in _all)
        {
            takers += session.IsReceptive ? 1 : 0;
        }

        var fallback = takers > 1 ? Fallback.Shared : Fallback.Redeliver;
        var delivered = false;
        foreach (var session in _all)
        {
            if (session.IsReceptive)
            {
                delivered |= session.Deliver(message, message.From, message.To, flush, fallback);
            }
        }

        return delivered;
    }
}
