using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Parley.Protocol;
using Parley.Protocol.Streams;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;

namespace Parley.Host.Diagnosis;

/// <summary>Connects to one address, opens a stream, and looks at TLS and the certificate. It authenticates nobody.</summary>
internal sealed class StreamProbe(ServerCertificates certificates, FederationOptions options, OwnDomains ours)
{
    /// <summary>Looks; each of connecting, the stream and TLS may take <see cref="FederationOptions.ConnectTimeout"/>.</summary>
    internal async Task<IReadOnlyList<Finding>> RunAsync(ServicePlace place, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        using var socket = new Socket(place.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (!await ConnectAsync(socket, place, findings, cancellationToken))
        {
            return findings;
        }

        var step = place.Target.DirectTls ? "tls" : "stream";
        try
        {
            Stream stream = new NetworkStream(socket);
            if (!place.Target.DirectTls)
            {
                var before = await TimedAsync(token => ProbedStream.OpenAsync(stream, place, null, token), cancellationToken);
                step = "starttls";
                if (!await TimedAsync(before.StartTlsAsync, cancellationToken))
                {
                    findings.Add(NoTls(place));
                    return findings;
                }

                findings.Add(place.Ok("starttls", "offered"));
            }

            step = "tls";
            var tls = new SslStream(stream, leaveInnerStreamOpen: false);
            await using (tls)
            {
                await TimedAsync(token => HandshakeAsync(tls, place, findings, token), cancellationToken);
                step = "stream";
                var after = await TimedAsync(token => ProbedStream.OpenAsync(tls, place, null, token), cancellationToken);
                findings.Add(place.Ok("stream", after.Features.Count == 0 ? "opened" : $"opened; it offers {string.Join(", ", after.Features)}"));
            }
        }
        catch (ProbeException e) when (e.Condition == ProbeException.NotAuthorized && place.Service == ServiceKind.Server)
        {
            findings.Add(place.Warning(step, "it lets in only servers that it knows by their certificate", $"to be one of them, a certificate of an authority that {place.Domain} trusts: Certificates (--certificate)"));
        }
        catch (ProbeException e) when (e.Condition == ProbeException.HostUnknown && place.Service == ServiceKind.Client && place.IsByAddress)
        {
            findings.Add(place.Warning(step, $"{place.Domain} has no accounts there", "nothing where it is a service, such as rooms or a component; otherwise Domains (--domain)"));
        }
        catch (ProbeException e)
        {
            findings.Add(place.Failure(step, e.Message, e.Change ?? Change(step, place)));
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or StreamException)
        {
            findings.Add(place.Failure(step, (e.InnerException ?? e).Message.ReplaceLineEndings(" "), Change(step, place)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            findings.Add(place.Failure(step, $"no answer within {options.ConnectTimeout.TotalSeconds:0.###} s", Change(step, place)));
        }

        return findings;
    }

    private Finding NoTls(ServicePlace place)
    {
        var change = $"a certificate for {place.Domain}: Certificates (--certificate)";
        return place.Service == ServiceKind.Server && !AppliedPolicy.Of(options, place.Domain).Policy.RequireTls
            ? place.Warning("starttls", "not offered: what goes there can be read on its way, as is allowed here", change)
            : place.Failure("starttls", "not offered", change);
    }

    private static string Change(string step, ServicePlace place) => step == "tls"
        ? $"the certificate and key of {place.Domain}: Certificates (--certificate), Keys (--key); or what else listens there"
        : $"what listens there: {place.PortSetting}; or {place.PortChange}";

    private async Task<bool> ConnectAsync(Socket socket, ServicePlace place, List<Finding> findings, CancellationToken cancellationToken)
    {
        try
        {
            await TimedAsync(
                async token =>
                {
                    await socket.ConnectAsync(place.Address, token);
                    return true;
                },
                cancellationToken);
            findings.Add(place.Ok("port", "reachable"));
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.NetworkUnreachable or SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            findings.Add(place.Warning("port", $"this machine has no way to such addresses ({e.Message})", "examine from a machine that has"));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            findings.Add(place.Failure("port", "refused: nothing listens there", $"start the server there with {place.PortSetting}{(place.IsFallback ? $" {place.Address.Port}" : "")}, or {place.PortChange}"));
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            findings.Add(place.Failure(
                "port",
                e is SocketException ? e.Message : $"no answer within {options.ConnectTimeout.TotalSeconds:0.###} s",
                $"the firewall before port {place.Address.Port}, or the A or AAAA record of {place.Target.Host}"));
        }

        return false;
    }

    private async Task<bool> HandshakeAsync(SslStream tls, ServicePlace place, List<Finding> findings, CancellationToken cancellationToken)
    {
        CertificateVerdict? verdict = null;
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                // The domain, never the host (XEP-0368 §2, RFC 6120 §13.7.2).
                TargetHost = DnsName.TryParse(place.Domain, out var name) ? name : place.Domain,
                ApplicationProtocols = place.Target.DirectTls ? [new SslApplicationProtocol(place.Service.Name)] : null,
                CertificateChainPolicy = ServerCertificates.NewChainPolicy(),
                RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                {
                    // What is wrong with it is told, and TLS goes on, to look at the stream: nothing is entrusted to it.
                    verdict = certificates.Check(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, place.Domain, place.Service, PeerRole.Server);
                    return certificate is not null;
                },
            },
            cancellationToken);
        findings.Add(place.Ok("tls", $"{tls.SslProtocol}, {tls.NegotiatedCipherSuite}"));
        findings.AddRange(CertificateFindings.Of(place, verdict!, AppliedPolicy.Of(options, place.Domain), ours.Contains(place.Domain)));
        return true;
    }

    private async Task<T> TimedAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);
        return await step(timeout.Token);
    }
}

/// <summary>What was met is not what is due.</summary>
/// <param name="message">What was met.</param>
/// <param name="change">What to change, where that is known.</param>
/// <param name="condition">The stream error that it was; null for none.</param>
internal sealed class ProbeException(string message, string? change = null, string? condition = null) : Exception(message)
{
    /// <summary>The other side lets in only whom it knows.</summary>
    internal const string NotAuthorized = "not-authorized";

    /// <summary>The domain is not one whose streams are taken there.</summary>
    internal const string HostUnknown = "host-unknown";

    /// <summary>The other side has no exchange with whoever this is.</summary>
    internal const string PolicyViolation = "policy-violation";

    internal string? Condition { get; } = condition;

    internal string? Change { get; } = change;
}
