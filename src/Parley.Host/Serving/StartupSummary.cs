using System.Net;
using Parley.Host.Configuration;
using Parley.Server.Connections;
using Parley.Server.Hosting;

namespace Parley.Host.Serving;

/// <summary>What the server says on standard output when it is ready: for people, and line by line for scripts.</summary>
internal static class StartupSummary
{
    internal static void Write(TextWriter output, HostSettings settings, XmppServerOptions options, CertificateFiles certificates, IReadOnlyList<Listener> listeners)
    {
        output.WriteLine($"Parley {ProductVersion.Text}");
        output.WriteLine($"domains      {string.Join(", ", options.Domains)}");
        foreach (var (file, certificate) in certificates.Current)
        {
            var origin = SelfSignedCertificate.IsSelfSigned(certificate) ? "self-signed" : $"issued by {certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, true)}";
            output.WriteLine($"certificate  {file.Domain}: {origin}, valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}, {file.CertificatePath}");
        }

        output.WriteLine($"storage      {settings.DatabasePath}");
        output.WriteLine($"registration {Registration(options.Registration)}");
        foreach (var warning in Warnings(options, certificates))
        {
            output.WriteLine($"warning      {warning}");
        }

        var domain = options.Domains[0];
        output.WriteLine($"next         add an account:  parley user add NAME@{domain}{Repeat(settings, options)}");
        output.WriteLine($"             then log in with any XMPP client as NAME@{domain}{Server(domain, listeners)}");
        foreach (var listener in listeners)
        {
            output.WriteLine($"listening {listener.Kind} {listener.Bound?.IPEndPoint ?? listener.EndPoint}");
        }

        output.WriteLine("ready");
        output.Flush();
    }

    /// <summary>What an operator should not have on a network.</summary>
    internal static IEnumerable<string> Warnings(XmppServerOptions options, CertificateFiles certificates)
    {
        if (options.AllowInsecure)
        {
            yield return "clients may send passwords and messages without TLS (AllowInsecure, --allow-insecure)";
        }

        if (!options.RateLimits)
        {
            yield return "clients are neither slowed down nor kept from guessing passwords (RateLimits, --no-rate-limits)";
        }

        if (options.WireLog)
        {
            yield return "the log shows what people write (WireLog, --wire-log)";
        }

        foreach (var (file, certificate) in certificates.Current)
        {
            if (certificate.NotAfter.ToUniversalTime() < DateTime.UtcNow)
            {
                yield return $"the certificate of {file.Domain} has expired";
            }
            else if (!CertificateFiles.Names(certificate, file.Domain))
            {
                yield return $"the certificate of {file.Domain} does not name that domain: clients will refuse it";
            }
        }
    }

    private static string Registration(RegistrationPolicy policy) => policy switch
    {
        RegistrationPolicy.Open => "open to anybody (--allow-registration)",
        RegistrationPolicy.Loopback => "from this machine only",
        _ => "closed",
    };

    // The command has to find the same data and domains.
    private static string Repeat(HostSettings settings, XmppServerOptions options)
    {
        var data = settings.Data == new HostSettings().Data ? "" : $" --data {settings.Data}";
        return ParleyConfiguration.IsLocal(options) ? data : $" --domain {options.Domains[0]}{data}";
    }

    private static string Server(string domain, IReadOnlyList<Listener> listeners) =>
        listeners.FirstOrDefault(static listener => !listener.IsDirectTls) is { } listener
            ? $", server {(IPAddress.IsLoopback(listener.EndPoint.Address) ? "localhost" : domain)}, port {(listener.Bound?.IPEndPoint ?? listener.EndPoint).Port}"
            : "";
}
