using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Server.Hosting;
using Parley.Server.Modules.Disco;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>Contact Addresses for XMPP Services (XEP-0157 1.1): <see cref="XmppServerOptions.Contacts"/> in the domains' service discovery.</summary>
public sealed class ContactAddressesModule(IOptions<XmppServerOptions> options) : IXmppModule, IDiscoExtension
{
    /// <summary>The fields that are registered for the form (XEP-0157 §7.1); their values are URIs.</summary>
    internal static readonly string[] Fields =
    [
        "abuse-addresses", "admin-addresses", "feedback-addresses", "sales-addresses", "security-addresses", "status-addresses", "support-addresses",
    ];

    private const string FormType = "http://jabber.org/network/serverinfo";

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0157", "1.1.1", "Contact Addresses for XMPP Services")
        .ExtendDisco(this);

    public IEnumerable<DataForm> Forms(EntityKind entity, Jid address)
    {
        var fields = options.Value.Contacts
            .Where(contact => contact.Value.Count > 0)
            .OrderBy(contact => contact.Key, StringComparer.Ordinal)
            .Select(contact => new DataFormField(contact.Key, DataFormFieldType.ListMulti, [.. contact.Value]))
            .ToArray();
        return entity == EntityKind.Server && fields.Length > 0 ? [DataForm.Of(DataFormType.Result, FormType, fields)] : [];
    }
}
