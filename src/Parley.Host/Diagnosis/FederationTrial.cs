using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Parley.Protocol;
using Parley.Protocol.Sasl;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>Speaks to another server in the name of one's own, and has it come back: whether the two reach and recognise each other, both ways.</summary>
/// <remarks>
/// <para>Nothing is pretended: the key is one that the running server confirms, for it has the same secret, and no stanza is sent. What is tried, each on a stream of its own:</para>
/// <list type="number">
/// <item>whether one's own server, found as others find it, confirms such keys;</item>
/// <item>whether the other server takes the certificate (SASL EXTERNAL, XEP-0178);</item>
/// <item>whether it takes a key, with no certificate shown: for that it has to reach one's own server and ask (XEP-0220), and so this says whether it can;</item>
/// <item>whether it answers when it is asked about a key, as it is when it connects;</item>
/// <item>what the policy here asks of it.</item>
/// </list>
/// </remarks>
internal sealed class FederationTrial(ServerConnector connector, ServerCertificates certificates, FederationOptions options)
{
    // Who asks one's own server about a key: nobody (RFC 2606 §2).
    private const string Nobody = "doctor.invalid";

    /// <summary>Tries; each step takes at most <see cref="FederationOptions.ConnectDeadline"/>.</summary>
    internal async Task<IReadOnlyList<Finding>> RunAsync(string domain, OwnServer own, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        if (await FindAsync(own.Domain, cancellationToken) is { } ownPlace)
        {
            findings.Add(await StepAsync("own", ownPlace, own, TrialFindings.OwnChange(own.Domain), token => AskOwnAsync(ownPlace, own, token), cancellationToken));
        }
        else
        {
            findings.Add(TrialFindings.OwnNotReached(own.Domain));
        }

        if (await FindAsync(domain, cancellationToken) is not { } place)
        {
            // Why has been said.
            return findings;
        }

        CertificateVerdict? verdict = null;
        var external = await StepAsync("external", place, own, TrialFindings.ExternalChange(domain, own.Domain), token => CertificateAsync(place, own, judged => verdict = judged, token), cancellationToken);
        findings.Add(external);
        findings.Add(await StepAsync(
            "dialback", place, own, TrialFindings.BackChange(domain, own.Domain, AppliedPolicy.Of(options, domain)), token => KeyAsync(place, own, external.Level == FindingLevel.Ok, token), cancellationToken));
        findings.Add(await StepAsync("question", place, own, TrialFindings.QuestionChange(domain), token => QuestionAsync(place, own, token), cancellationToken));

        // Where no stream came about before TLS, there is nothing to judge, and no TLS to miss.
        findings.AddRange(TrialFindings.Policy(place, options, verdict, wasSeen: verdict is not null || external.Level != FindingLevel.Failure));
        return findings;
    }

    // The first that accepts a connection, as when stanzas are sent.
    private async Task<ServicePlace?> FindAsync(string domain, CancellationToken cancellationToken)
    {
        var found = await connector.ConnectAsync(domain, ServiceKind.Server, cancellationToken);
        if (found.Connection is null)
        {
            return null;
        }

        await found.Connection.DisposeAsync();
        return new ServicePlace(domain, ServiceKind.Server, found.Target!, found.Address!);
    }

    private async Task<Finding> AskOwnAsync(ServicePlace place, OwnServer own, CancellationToken cancellationToken)
    {
        if (own.Keys is null)
        {
            return TrialFindings.NoSecret(place, "own");
        }

        await using var stream = await TrialStream.OpenAsync(place, null, null, certificates, static _ => { }, cancellationToken);
        var id = NewId();
        var answer = await stream.Probed.AskAsync(DialbackAnswer.Question(Nobody, own.Domain, id, own.Keys.Create(Nobody, own.Domain, id)), cancellationToken);
        return TrialFindings.Own(place, DialbackAnswer.Read(answer));
    }

    private async Task<Finding> CertificateAsync(ServicePlace place, OwnServer own, Action<CertificateVerdict> judged, CancellationToken cancellationToken)
    {
        await using var stream = await TrialStream.OpenAsync(place, own.Domain, own.Certificate, certificates, judged, cancellationToken);
        if (own.Certificate is null)
        {
            return TrialFindings.NoCertificate(place, own.Domain);
        }

        if (!stream.Probed.OffersExternal)
        {
            return TrialFindings.External(place, own.Domain, null);
        }

        var answer = await stream.Probed.AskAsync(
            XmlFragment.Build(
                writer => writer.Start("auth", Namespaces.Sasl).Attribute("mechanism", SaslMechanismNames.External).Text(Convert.ToBase64String(Encoding.UTF8.GetBytes(own.Domain))).End(),
                Namespaces.Server),
            cancellationToken);
        return TrialFindings.External(place, own.Domain, answer.Is("success", Namespaces.Sasl));
    }

    // Without a certificate: one that is believed would spare the other side its way here.
    private async Task<Finding> KeyAsync(ServicePlace place, OwnServer own, bool isTaken, CancellationToken cancellationToken)
    {
        if (own.Keys is null)
        {
            return TrialFindings.NoSecret(place, "dialback");
        }

        await using var stream = await TrialStream.OpenAsync(place, own.Domain, null, certificates, static _ => { }, cancellationToken);
        var id = stream.Probed.Id ?? throw new ProbeException("its stream has no id");
        var answer = await stream.Probed.AskAsync(DialbackAnswer.Key(own.Domain, place.Domain, own.Keys.Create(place.Domain, own.Domain, id)), cancellationToken);
        return TrialFindings.Dialback(place, own, DialbackAnswer.Read(answer), isTaken, AppliedPolicy.Of(options, place.Domain));
    }

    private async Task<Finding> QuestionAsync(ServicePlace place, OwnServer own, CancellationToken cancellationToken)
    {
        await using var stream = await TrialStream.OpenAsync(place, own.Domain, null, certificates, static _ => { }, cancellationToken);
        var answer = await stream.Probed.AskAsync(DialbackAnswer.Question(own.Domain, place.Domain, NewId(), NewId()), cancellationToken);
        return TrialFindings.Question(place, DialbackAnswer.Read(answer));
    }

    private async Task<Finding> StepAsync(string check, ServicePlace place, OwnServer own, string change, Func<CancellationToken, Task<Finding>> step, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectDeadline);
        try
        {
            return await step(timeout.Token);
        }
        catch (ProbeException e) when (e.Condition == ProbeException.NotAuthorized)
        {
            return TrialFindings.Refused(place, check);
        }
        catch (ProbeException e) when (e.Condition == ProbeException.PolicyViolation)
        {
            return TrialFindings.NoExchange(place, check, own);
        }
        catch (ProbeException e)
        {
            return place.Failure(check, e.Message, e.Change ?? change);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or StreamException)
        {
            return place.Failure(check, (e.InnerException ?? e).Message.ReplaceLineEndings(" "), change);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return place.Failure(check, $"no answer within {options.ConnectDeadline.TotalSeconds:0.###} s", change);
        }
    }

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
}
