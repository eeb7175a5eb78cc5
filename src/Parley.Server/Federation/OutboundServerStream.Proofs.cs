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
    private bool _mayUseKeys;
    private string? _externalFailure;

    // Who offers neither by its features may know dialback from before there were any (XEP-0220 §2.4.1). Not who offers EXTERNAL: it says by them what else it takes.
    private void ChooseProofs(XmlElement features)
    {
        var isAuthenticated = State.HasFlag(StreamState.Authenticated);
        var offersExternal = OffersExternal(features);
        _mayUseExternal = !isAuthenticated && IsSecure && Services.HasCertificate(_first) && offersExternal;
        _mayUseKeys = features.Child(DialbackElement.Feature) is not null
            || (!isAuthenticated && !offersExternal && Context.Declared.TryResolve("db"u8, out var uri) && uri.SequenceEqual(DialbackElement.Result.NamespaceUtf8));
    }

    // A further domain only where an error leaves the stream as it is: elsewhere a refused key may end it for all (XEP-0220 §2.4.2, §2.5). Servers from before that may also know one domain a stream
    // alone: Prosody 0.12 takes the key, and sends its own answers to requests of the further domain where those of the first go, which is no pair of that stream.
    private bool MayBeProven(RemoteServer remote, Jid local) => _mayUseKeys && (_takesErrors || IsFirst(remote, local));

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
        _wanted.Remove((_remote, _first));
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

    private Negotiation NotAuthenticated(XmlElement failure)
    {
        _externalFailure = Describe(failure);
        SetDeadline(TimeSpan.Zero);
        lock (_gate)
        {
            _wanted.Add((_remote, _authenticating!));
            _authenticating = null;
            _step = Step.Open;
        }

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
            var condition = outcome.IsError ? StanzaErrorCondition.RemoteServerTimeout : StanzaErrorCondition.InternalServerError;
            remote.Refused(this, pair.Target, condition, Describe(result) + Advice(result, remote.Domain), outcome.IsError && IsOfStream(result));
        }

        return Negotiation.Continue;
    }

    // Which of the domains cannot be proven here at all is known at once. Who the stream was opened for gets another when it is time to try again; the others get theirs now.
    private void Refuse((RemoteServer Remote, Jid Local)[] unprovable)
    {
        foreach (var (remote, local) in unprovable)
        {
            remote.Refused(this, local, StanzaErrorCondition.RemoteServerTimeout, IsFirst(remote, local) ? WhyUnprovable() : "it does not offer dialback with errors here", isOfStream: true);
        }

        if (unprovable.Any(entry => IsFirst(entry.Remote, entry.Local)))
        {
            Finish();
        }
    }

    // What to change, for who reads it in a log or in an error.
    private string WhyUnprovable() =>
        !IsSecure ? "it offers no TLS, and no dialback"
        : !Services.HasCertificate(_first) ? "it offers no dialback, and there is no certificate here to show"
        : (_externalFailure is null ? "it offers neither EXTERNAL nor dialback: " : $"it refused EXTERNAL ({_externalFailure}) and offers no dialback: ")
            + (Services.IsNamedByCertificate(_first) ? $"it has to trust the authority of the certificate of {_first}" : $"the certificate that is shown does not name {_first}");

    // Of the errors of §2.5 that mean the pair: there was no room on this stream, or no proof with it, as another certificate may be. TLS, which policy-violation asks for, is not there on another either.
    private static bool IsOfStream(XmlElement result) =>
        result.Child("error", Namespaces.Server) is { } error
        && (error.Child("resource-constraint", Namespaces.StanzaErrors) ?? error.Child("not-authorized", Namespaces.StanzaErrors)) is not null;

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

    // What whoever reads a refusal can do. The other server's own words, if there are any, are not passed on.
    private static string Advice(XmlElement element, Jid domain)
    {
        var error = element.Child("error", Namespaces.Server) ?? element;
        return Has("not-authorized") ? $" (it may ask for a certificate: 'parley doctor {domain}' tells)"
            : Has("policy-violation") ? $" (it may allow no exchange, or ask for TLS or a certificate: 'parley doctor {domain}' tells)"
            : "";

        bool Has(string condition) => error.Child(condition, Namespaces.StanzaErrors) is not null || error.Child(condition, Namespaces.StreamErrors) is not null;
    }

    // As the answers have it: the other server's domain first.
    private static DomainPair? ReadPair(XmlElement element) =>
        Jid.TryParse(element.Attribute("from") ?? "", out var from) && Jid.TryParse(element.Attribute("to") ?? "", out var to) && from.IsDomain && to.IsDomain
            ? new DomainPair(from, to)
            : null;
}
