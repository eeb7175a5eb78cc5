using System.Text;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Sessions;

namespace Parley.Server.Federation;

/// <content>The proof of domains of ours: by the certificate where the other server takes that (XEP-0178), else by keys (XEP-0220 §2.1.1).</content>
internal sealed partial class OutboundServerStream
{
    private const int MaxDescribed = 3;
    private const int MaxConditionLength = 40;
    private static readonly XmlName Success = new("success", Namespaces.Sasl);
    private static readonly XmlName SaslFailure = new("failure", Namespaces.Sasl);
    private static readonly XmlName Mechanisms = new("mechanisms", Namespaces.Sasl);
    private readonly Dictionary<DomainPair, RemoteServer> _asserted = [];
    private Jid? _authenticating;
    private bool _mayUseExternal;

    private static bool OffersExternal(XmlElement features)
    {
        if (features.Child(Mechanisms) is { } mechanisms)
        {
            foreach (var mechanism in mechanisms.Children)
            {
                if (mechanism.Text.Trim() == SaslMechanismNames.External)
                {
                    return true;
                }
            }
        }

        return false;
    }

    // Under the lock.
    private void BeginExternal()
    {
        _mayUseExternal = false;
        _step = Step.Authenticating;
        _authenticating = _first;
        SetDeadline(Options.NegotiationTimeout);
        Send(writer => writer.Start("auth", Namespaces.Sasl).Attribute("mechanism", SaslMechanismNames.External)
            .Text(Convert.ToBase64String(Encoding.UTF8.GetBytes(_first.Domain))).End());
    }

    // Under the lock.
    private void WriteKeys()
    {
        foreach (var (remote, local) in _wanted)
        {
            if (_asserted.TryAdd(new DomainPair(remote.Domain, local), remote))
            {
                Output.Write(DialbackElement.Key(local, remote.Domain, Services.DialbackKeys.Create(remote.Domain.Domain, local.Domain, Id)));
            }
        }

        _wanted.Clear();
    }

    private Negotiation Authenticated()
    {
        State |= StreamState.Authenticated;
        _step = Step.Opening;
        Open();
        return Negotiation.Restart;
    }

    private Negotiation NotAuthenticated()
    {
        lock (_gate)
        {
            _wanted.Add((_remote, _authenticating!));
            _authenticating = null;
            _step = Step.Open;
        }

        SetDeadline(TimeSpan.Zero);

        // The certificate does not do for the other side: a key may (XEP-0178 §3).
        Work();
        return Negotiation.Continue;
    }

    // Step 4, for a key of ours.
    private Negotiation Result(XmlElement result)
    {
        if (IsForeignKey(result))
        {
            return RefuseKey(result);
        }

        if (ReadPair(result) is not { } pair || DialbackOutcome.Read(result) is not { } outcome || TakeAsserted(pair) is not { } remote)
        {
            throw new StreamException(StreamErrorCondition.InvalidXml, "Nobody has asked for this result.");
        }

        if (outcome.IsValid)
        {
            State |= StreamState.Authenticated;
            Accepted(remote, pair.Target);
        }
        else
        {
            // Invalid: something is wrong here (§2.1.1). An error: it may pass (§2.5).
            remote.Refused(this, pair.Target, outcome.IsError ? StanzaErrorCondition.RemoteServerTimeout : StanzaErrorCondition.InternalServerError, Describe(result));
        }

        return Negotiation.Continue;
    }

    private RemoteServer? TakeAsserted(DomainPair pair)
    {
        lock (_gate)
        {
            return _asserted.Remove(pair, out var remote) ? remote : null;
        }
    }

    // The names of the conditions, without <text/>, which stands beside them (RFC 6120 §4.9.2, §8.3.2): no text of somebody else's; nor names longer than there are: what waited goes back with them, each of it.
    private static string Describe(XmlElement element)
    {
        var names = new List<string>();
        foreach (var child in element.Children)
        {
            if (!child.HasChildren)
            {
                names.Add(child.LocalName);
            }

            foreach (var inner in child.Children)
            {
                names.Add(inner.LocalName);
            }
        }

        var known = names.Where(static name => name != "text" && name.Length <= MaxConditionLength).Take(MaxDescribed).ToList();
        return known.Count > 0 ? string.Join(' ', known) : element.Attribute("type") is "invalid" ? "invalid" : "no reason given";
    }

    // As the answers have it: the other server's domain first.
    private static DomainPair? ReadPair(XmlElement element) =>
        Jid.TryParse(element.Attribute("from") ?? "", out var from) && Jid.TryParse(element.Attribute("to") ?? "", out var to) && from.IsDomain && to.IsDomain
            ? new DomainPair(from, to)
            : null;
}
