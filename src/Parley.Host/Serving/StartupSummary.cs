using Parley.Host.Configuration;
using Parley.Host.Stores;
using Parley.Server.Connections;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Web.Chat;

namespace Parley.Host.Serving;

/// <summary>What the server says on standard output when it is ready: for people, and line by line for scripts.</summary>
internal static class StartupSummary
{
    internal static void Write(
        TextWriter output, ParleyConfiguration configuration, HostSettings settings, Store store, XmppServerOptions options, MucOptions rooms, ChatOptions chat, CertificateFiles certificates, IReadOnlyList<Listener> listeners)
    {
        output.WriteLine($"Parley {ProductVersion.Text}");
        output.WriteLine($"domains      {string.Join(", ", options.Domains)}");
        foreach (var (file, certificate) in certificates.Current)
        {
            var origin = SelfSignedCertificate.IsOwn(settings.CertificateDirectory, file) ? "self-signed" : $"issued by {certificate.GetNameInfo(System.Security.Cryptography.X509Certificates.X509NameType.SimpleName, true)}";
            output.WriteLine($"certificate  {file.Domain}: {origin}, valid until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}, {file.CertificatePath}");
        }

        if (Rooms(rooms, options) is { Length: > 0 } services)
        {
            output.WriteLine($"rooms        {services}");
        }

        if (options.Components.Count > 0)
        {
            output.WriteLine($"components   {string.Join(", ", options.Components.Keys)}");
        }

        output.WriteLine($"storage      {store.Description}");
        output.WriteLine($"registration {Registration(options.Registration)}");
        output.WriteLine($"federation   {Federation(options)}");
        if (Web(options.Domains[0], listeners) is { Length: > 0 } web)
        {
            output.WriteLine($"web          {web}");
        }

        foreach (var warning in Warnings(certificates))
        {
            output.WriteLine($"warning      {warning}");
        }

        var domain = options.Domains[0];
        if (chat.Enabled && ChatAddress.For(domain, ParleyConfiguration.IsLocal(options), listeners) is { } address)
        {
            output.WriteLine($"chat         {(chat.HasFiles() ? address : $"not in this build: npm was missing or failed; {address} says what to do")}");
        }

        output.WriteLine($"next         add an account:  {Program()} user add NAME@{domain}{Repeat(configuration, settings, store, options)}");
        output.WriteLine($"             then log in with any XMPP client as NAME@{domain}{Server(domain, listeners)}");
        foreach (var listener in listeners)
        {
            output.WriteLine($"listening {listener.Kind.Name} {listener.Address}");
        }

        output.WriteLine("ready");
        output.Flush();
    }

    /// <summary>What is wrong with the certificates; insecure options are the server's to warn about, in the log.</summary>
    internal static IEnumerable<string> Warnings(CertificateFiles certificates)
    {
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

    // The defaults are those of the rooms' module: a component that has the name already keeps it.
    private static string Rooms(MucOptions rooms, XmppServerOptions options) =>
        !rooms.Enabled ? "" : string.Join(
            ", ",
            rooms.Services.Count > 0 ? rooms.Services
            : options.Domains.Select(static domain => $"conference.{domain}").Where(service => !options.Components.Keys.Contains(service, StringComparer.OrdinalIgnoreCase)));

    private static string Registration(RegistrationPolicy policy) => policy switch
    {
        RegistrationPolicy.Open => "open to anybody (--allow-registration)",
        RegistrationPolicy.Loopback => "from this machine only",
        _ => "closed",
    };

    private static string Federation(XmppServerOptions options) => options.Federation switch
    {
        { Enabled: false } => "off",
        { Policy.Allow: false } => $"on, with {options.Federation.Policies.Count(static policy => policy.Value.Allow)} domains alone",
        { Policy.NeedsCertificate: true } => "on, with servers that show a certificate",
        { Policy.RequireTls: true } => "on, under TLS, by certificate or dialback",
        _ => "on, without TLS too",
    };

    // The script at the root starts the program by another name than it has.
    private static string Program() =>
        Environment.GetEnvironmentVariable("PARLEY_PROGRAM") is { Length: > 0 } script ? Quote(script)
        : Path.GetFileNameWithoutExtension(Environment.ProcessPath) is "dotnet" ? $"dotnet {Quote(Environment.GetCommandLineArgs()[0])}"
        : Quote(Environment.ProcessPath ?? "parley");

    // The command has to find the same data and domains.
    private static string Repeat(ParleyConfiguration configuration, HostSettings settings, Store store, XmppServerOptions options)
    {
        var file = configuration.File is { } path ? $" --config {Quote(path)}" : "";
        var domain = configuration.PinnedBy(nameof(options.Domains)) is null ? "" : $" --domain {Quote(options.Domains[0])}";
        var data = configuration.PinnedBy(nameof(settings.Data)) is null ? "" : $" --data {Quote(settings.Data)}";
        var storage = configuration.PinnedBy(nameof(settings.Store)) is null ? "" : $" --store {Quote(store.Text)}";
        return file + domain + data + storage;
    }

    private static string Quote(string argument) => argument.All(static c => char.IsLetterOrDigit(c) || "/.-_:=,@+\\".Contains(c))
        ? argument
        : $"'{argument.Replace("'", "'\\''")}'";

    // As a browser takes them.
    private static string Web(string domain, IReadOnlyList<Listener> listeners) => string.Join(
        ", ",
        listeners.Where(static listener => !listener.Kind.IsXmpp)
            .DistinctBy(static listener => listener.Kind)
            .Select(listener => $"{listener.Kind.Name}://{ChatAddress.Host(listener, domain)}:{listener.Address.Port}/"));

    private static string Server(string domain, IReadOnlyList<Listener> listeners) =>
        listeners.FirstOrDefault(static listener => listener.Kind == ListenerKind.C2s) is { } listener
            ? $", server {ChatAddress.Host(listener, domain)}, port {listener.Address.Port}"
            : "";
}
