using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>What is asked of a domain here, and the setting that says so.</summary>
/// <param name="Key">The setting: <c>Federation:Policy</c>, or the domain's own among <c>Federation:Policies</c>.</param>
/// <param name="Policy">What it says.</param>
internal sealed record AppliedPolicy(string Key, FederationPolicy Policy)
{
    /// <summary>The key of what asks for a certificate, where something does.</summary>
    internal string CertificateKey => $"{Key}:{(Policy.RequireCertificate ? nameof(Policy.RequireCertificate) : nameof(Policy.AllowDialback))}";

    internal static AppliedPolicy Of(FederationOptions options, string domain) =>
        options.Policies.TryGetValue(domain, out var own) ? new($"Federation:Policies:{domain}", own) : new("Federation:Policy", options.Policy);
}
