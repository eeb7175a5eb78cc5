using Parley.Protocol.Extensions;
using Parley.Protocol.Xml;
using Parley.Server.Sessions.Components;

namespace Parley.Server.Modules.Delegation;

/// <summary>A namespace whose requests a component answers in the place of the server (XEP-0355 §4.1).</summary>
/// <param name="Component">The managing entity.</param>
/// <param name="Namespace">The namespace of the request's payload.</param>
/// <param name="Attributes">What the payload has to have for that; none for any.</param>
internal sealed record DelegatedNamespace(ComponentDomain Component, string Namespace, IReadOnlyList<string> Attributes)
{
    /// <summary>What the component says for hosted domains (§6.2.1); null until it has.</summary>
    internal DiscoInfo? OfServer { get; set; }

    /// <summary>What it says for accounts (§6.2.2); null until it has.</summary>
    internal DiscoInfo? OfAccount { get; set; }

    /// <summary>Reads what the configuration says: a namespace, and the attributes behind it.</summary>
    internal static DelegatedNamespace Parse(ComponentDomain component, string text)
    {
        var parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new DelegatedNamespace(component, parts[0], parts[1..]);
    }

    internal bool Covers(XmlElement payload) => payload.NamespaceUri == Namespace && Attributes.All(name => payload.Attribute(name) is not null);
}
