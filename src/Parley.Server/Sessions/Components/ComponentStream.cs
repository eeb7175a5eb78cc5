using System.Security.Cryptography;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Routing;

namespace Parley.Server.Sessions.Components;

/// <summary>A component's stream: a header, a handshake, and from there on stanzas of any address of its domain (XEP-0114 §3).</summary>
public sealed class ComponentStream : XmppStream
{
    private static readonly XmlName Handshake = new("handshake", Namespaces.ComponentAccept);
    private readonly ComponentStreamServices _services;
    private readonly PeerStanzas _stanzas;
    private readonly ShownPresence _shown = new();
    private readonly string _id = NewId();
    private StanzaContext _context = new(Namespaces.ComponentAccept, StanzaContext.ClientContent);
    private ReadOnlyMemory<byte> _language;
    private ComponentDomain? _component;

    internal ComponentStream(StreamConnection connection, ComponentStreamServices services)
        : base(connection, services, services.Options.MaxComponentOutputBytes, isShared: true)
    {
        _services = services;
        _stanzas = new PeerStanzas(() => services.Router, Flush, Accepts);
    }

    internal override int MaxBytesPerSecond => Options.MaxComponentBytesPerSecond;

    internal override void ReceiveHeader(ReadOnlySpan<byte> opening)
    {
        StreamHeader? header = null;
        try
        {
            Connection.Framing.ReadHeader(opening, out header);
            Choose(header);
        }
        finally
        {
            // Ours comes first, an error after it.
            SendHeader(header);
        }

        _context = new StanzaContext(Namespaces.ComponentAccept, header.Declared);
        _language = EscapedLanguage(header.Language);
    }

    internal override ValueTask<Negotiation> ReceiveAsync(ReadOnlySpan<byte> element, CancellationToken cancellationToken)
    {
        if (State.HasFlag(StreamState.Authenticated) && Stanza.Read(element, _context) is { } stanza)
        {
            Meters.StanzaIn(stanza.Kind);
            var handled = _stanzas.ReceiveAsync(stanza.WithDefaultLanguage(_language), cancellationToken);
            return handled.IsCompletedSuccessfully ? new(Negotiation.Continue) : Continued(handled);
        }

        var other = XmlElement.Parse(element.ToArray(), _context.Declared);
        return other.Is(PeersError) ? new(Negotiation.Close)
            : State.HasFlag(StreamState.Authenticated) ? throw new StreamException(StreamErrorCondition.UnsupportedStanzaType)
            : other.Is(Handshake) ? AuthenticateAsync(other.Text, cancellationToken)
            : throw new StreamException(StreamErrorCondition.NotAuthorized, "The handshake comes first.");

        static async ValueTask<Negotiation> Continued(ValueTask handled)
        {
            await handled;
            return Negotiation.Continue;
        }
    }

    /// <summary>Writes a stanza to the component; it leaves when <paramref name="flush"/> is flushed. False when the connection takes nothing more.</summary>
    internal bool Deliver(Stanza stanza, FlushSet flush)
    {
        if (Output.Write(stanza, stanza.From, stanza.To) is not { } output)
        {
            return false;
        }

        if (stanza is { Kind: StanzaKind.Presence, Type: StanzaType.Unavailable, From: { } viewer, To: { } address })
        {
            _shown.Leave(viewer, address);
        }

        Meters.StanzaOut(stanza.Kind);
        flush.NoteWritten(output);
        return true;
    }

    private protected override void SendHeader(StreamHeader? theirs)
    {
        HeaderSent = true;
        Output.Write(new StreamHeader { From = (Domain ?? Options.DomainJids[0]).Domain, Id = _id });
    }

    // What it said goes first: its contacts hear of the end before another takes its place. Then what it did not take goes back.
    private protected override async Task EndedAsync()
    {
        if (_component is null || !State.HasFlag(StreamState.Authenticated))
        {
            return;
        }

        var flush = new FlushSet();
        try
        {
            _component.Leave(this);
            Output.Close();
            Log.ComponentGone(_services.Logger, Connection.Id, _component.Domain.Domain);
            foreach (var (from, to) in _shown.TakeAll())
            {
                await TakeBackAsync(from, to, flush);
            }

            flush.Flush();
        }
        finally
        {
            _component.Release(this);
        }

        await Output.DrainAsync();
        var reason = new StanzaException(StanzaErrorCondition.ServiceUnavailable, "The component is gone.");
        foreach (var sent in Output.TakeUndelivered())
        {
            await _services.Router.GiveBackAsync(sent.Addressed, reason, flush);
        }

        flush.Flush();
    }

    // One that fails keeps neither the others from their contacts, nor what was not delivered from its senders.
    private async Task TakeBackAsync(Jid from, Jid to, FlushSet flush)
    {
        try
        {
            await _services.Router.RouteAsync(Stanza.Create(StanzaKind.Presence, StanzaType.Unavailable, from, to), null, flush, CancellationToken.None);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Log.ShownPresenceNotTakenBack(_services.Logger, e, Connection.Id, to.ToString());
        }
    }

    private void Choose(StreamHeader header)
    {
        if (string.IsNullOrEmpty(header.To))
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "The stream header needs a 'to': the component's domain.");
        }

        if (!Jid.TryParse(header.To, out var domain) || !domain.IsDomain)
        {
            throw new StreamException(StreamErrorCondition.HostUnknown);
        }

        if (!_services.Components.TryFind(domain, out _component))
        {
            Log.ComponentUnknown(_services.Logger, Connection.Id, domain.Domain, Connection.RemoteAddress);
            throw new StreamException(StreamErrorCondition.HostUnknown);
        }

        Domain = domain;
    }

    private async ValueTask<Negotiation> AuthenticateAsync(string given, CancellationToken cancellationToken)
    {
        var component = _component!;
        if (!IsRight(given, component))
        {
            Meters.AuthenticationFailed("component");
            Log.ComponentRefused(_services.Logger, Connection.Id, component.Domain.Domain, Connection.RemoteAddress);
            if (Options.RateLimits)
            {
                await _services.Throttle.FailedAsync(Connection.RemoteAddress, cancellationToken);
            }

            throw new StreamException(StreamErrorCondition.NotAuthorized);
        }

        // Only who has the secret learns that another is connected.
        if (!await component.TryTakeAsync(this, cancellationToken))
        {
            Log.ComponentConflict(_services.Logger, Connection.Id, component.Domain.Domain, Connection.RemoteAddress);
            throw new StreamException(StreamErrorCondition.Conflict, "The component is connected already.");
        }

        State |= StreamState.Authenticated | StreamState.Bound;
        SetDeadline(TimeSpan.Zero);
        Output.Write("<handshake/>"u8);
        component.Open(this);
        Log.ComponentConnected(_services.Logger, Connection.Id, component.Domain.Domain);
        foreach (var handler in _services.Registry.ComponentConnected)
        {
            await handler(component, Flush, cancellationToken);
        }

        return Negotiation.Authenticated;
    }

    // SHA-1 of the stream's id and the secret, in lower-case hexadecimal: the protocol's own choice.
    private bool IsRight(string given, ComponentDomain component)
    {
        byte[] keyed = [.. Encoding.UTF8.GetBytes(_id), .. component.Secret];
        var expected = Convert.ToHexStringLower(SHA1.HashData(keyed));
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
    }

    // The addresses as between servers (XEP-0114 §3, RFC 6120 §8.1.1.2, §8.1.2.2).
    private bool Accepts(Stanza stanza)
    {
        if (stanza.From is not { } from)
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "A component's stanza needs a 'from'.");
        }

        if (!from.DomainJid.Equals(Domain))
        {
            throw new StreamException(StreamErrorCondition.InvalidFrom);
        }

        if (stanza.IsToMalformed)
        {
            return Refuse(stanza.WithAddresses(from, Options.DomainJids[0]), StanzaErrorCondition.JidMalformed);
        }

        if (stanza.To is not { } to)
        {
            throw new StreamException(StreamErrorCondition.ImproperAddressing, "A component's stanza needs a 'to'.");
        }

        switch (stanza.Kind)
        {
            case StanzaKind.Iq when !stanza.IsSoundIq():
            case StanzaKind.Presence when !_services.Registry.InboundPresence.ContainsKey(stanza.Type):
                return Refuse(stanza, StanzaErrorCondition.BadRequest);
            case StanzaKind.Presence when stanza.Type == StanzaType.None:
                _shown.Add(from, to);
                break;
            case StanzaKind.Presence when stanza.Type is StanzaType.Unavailable or StanzaType.Error:
                _shown.Remove(from, to);
                break;
        }

        return true;
    }

    // A result or an error is not answered, however unsound (RFC 6120 §8.2.3, §8.3.1).
    private bool Refuse(Stanza stanza, StanzaErrorCondition condition)
    {
        if (stanza.Type is not StanzaType.Error and not StanzaType.Result)
        {
            Deliver(stanza.ErrorReply(new StanzaError(condition)), Flush);
        }

        return false;
    }
}
