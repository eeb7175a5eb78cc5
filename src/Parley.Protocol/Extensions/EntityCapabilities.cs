using System.Security.Cryptography;
using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>What an entity can do, as a hash of what service discovery says of it (XEP-0115 1.6).</summary>
/// <param name="Node">A URI that names the software.</param>
/// <param name="Hash">The hash function, by its name in IANA's registry; null in the format before version 1.4, which is not verified (§13).</param>
/// <param name="Verification">The <c>ver</c>: the hash in Base64.</param>
/// <remarks>The method is known to let different answers have the same hash (§9.3): believe a cached answer for display, not for security.</remarks>
public sealed record EntityCapabilities(string Node, string? Hash, string Verification)
{
    public const string Namespace = "http://jabber.org/protocol/caps";

    /// <summary>The hash function that everybody has (XEP-0115 §9.1).</summary>
    public const string Sha1 = "sha-1";

    public static readonly XmlName Name = new("c", Namespace);

    private static readonly Comparer<string> Octets = Comparer<string>.Create(
        static (left, right) => Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right)));

    /// <summary>The node at which the entity answers disco#info about these capabilities (XEP-0115 §6.2).</summary>
    public string DiscoNode => $"{Node}#{Verification}";

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">bad-request: node or ver is missing.</exception>
    public static EntityCapabilities Parse(XmlElement element) =>
        new(element.RequiredAttribute("node"), element.Attribute("hash"), element.RequiredAttribute("ver"));

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("hash", Hash).Attribute("node", Node).Attribute("ver", Verification).End();
    }

    /// <summary>The capabilities of an entity.</summary>
    /// <param name="node">A URI that names the software.</param>
    /// <param name="info">What the entity answers to disco#info.</param>
    /// <param name="hash">The hash function.</param>
    /// <exception cref="NotSupportedException">The hash function is not one of ours.</exception>
    public static EntityCapabilities Of(string node, DiscoInfo info, string hash = Sha1) => new(node, hash, VerificationString(info, hash));

    /// <summary>Whether a hash function is one of ours: sha-1, sha-256, sha-384 or sha-512.</summary>
    public static bool IsSupported(string? hash) => Algorithm(hash) is not null;

    /// <summary>The verification string of a disco#info answer (XEP-0115 §5.1).</summary>
    /// <exception cref="NotSupportedException">The hash function is not one of ours.</exception>
    public static string VerificationString(DiscoInfo info, string hash = Sha1)
    {
        ArgumentNullException.ThrowIfNull(info);
        var algorithm = Algorithm(hash) ?? throw new NotSupportedException($"The hash function '{hash}' is not supported.");
        return Convert.ToBase64String(CryptographicOperations.HashData(algorithm, Encoding.UTF8.GetBytes(Summary(info))));
    }

    /// <summary>Whether an answer is what was hashed, so that it may be remembered for whoever has the same capabilities (XEP-0115 §5.4).</summary>
    /// <returns>False for an ill-formed answer, another hash, or a hash function that is not one of ours.</returns>
    public bool Verify(DiscoInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        return IsSupported(Hash) && IsWellFormed(info) && VerificationString(info, Hash!) == Verification;
    }

    /// <summary>Whether an answer has no identity, feature or form twice, and no FORM_TYPE with two values (XEP-0115 §5.4).</summary>
    public static bool IsWellFormed(DiscoInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        var forms = info.Forms.Where(form => form.FormType is not null).ToArray();
        return info.Identities.Distinct().Count() == info.Identities.Count
            && info.Features.Distinct(StringComparer.Ordinal).Count() == info.Features.Count
            && forms.DistinctBy(form => form.FormType, StringComparer.Ordinal).Count() == forms.Length
            && forms.All(form => form[DataForm.FormTypeVariable]!.Values.Distinct(StringComparer.Ordinal).Count() == 1);
    }

    private static string Summary(DiscoInfo info)
    {
        var summary = new StringBuilder();
        foreach (var identity in info.Identities
            .OrderBy(identity => identity.Category, Octets)
            .ThenBy(identity => identity.Type, Octets)
            .ThenBy(identity => identity.Language ?? "", Octets)
            .ThenBy(identity => identity.Name ?? "", Octets))
        {
            summary.Append($"{identity.Category}/{identity.Type}/{identity.Language}/{identity.Name}<");
        }

        Append(summary, info.Features);

        // A form without a hidden FORM_TYPE is left out (§5.4, step 3.6).
        foreach (var form in info.Forms.Where(form => form.FormType is not null).OrderBy(form => form.FormType!, Octets))
        {
            summary.Append(form.FormType).Append('<');
            foreach (var field in form.Fields
                .Where(field => field.Variable is not null and not DataForm.FormTypeVariable)
                .OrderBy(field => field.Variable!, Octets))
            {
                summary.Append(field.Variable).Append('<');
                Append(summary, field.Values);
            }
        }

        return summary.ToString();
    }

    private static void Append(StringBuilder summary, IEnumerable<string> values)
    {
        foreach (var value in values.Order(Octets))
        {
            summary.Append(value).Append('<');
        }
    }

    private static HashAlgorithmName? Algorithm(string? hash) => hash switch
    {
        Sha1 => HashAlgorithmName.SHA1,
        "sha-256" => HashAlgorithmName.SHA256,
        "sha-384" => HashAlgorithmName.SHA384,
        "sha-512" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
