using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Registration;

/// <summary>What an iq set in jabber:iq:register asks for (XEP-0077 §3).</summary>
/// <param name="Username">The username, or null where none was given.</param>
/// <param name="Password">The password, or null where none was given.</param>
/// <param name="IsRemoval">Whether a registration is to be cancelled.</param>
internal sealed record RegistrationRequest(string? Username, string? Password, bool IsRemoval)
{
    internal const string Namespace = "jabber:iq:register";
    internal static readonly XmlName Query = new("query", Namespace);
    private static readonly XmlName Remove = new("remove", Namespace);

    /// <summary>Reads the payload. A data form goes before the fields beside it (§4).</summary>
    /// <exception cref="StanzaException">bad-request: the form is malformed, or <c>remove</c> is not alone; not-acceptable: it is another form.</exception>
    internal static RegistrationRequest Read(XmlElement query)
    {
        if (query.Child(Remove) is not null)
        {
            return query.ChildCount == 1
                ? new(null, null, IsRemoval: true)
                : throw new StanzaException(StanzaErrorCondition.BadRequest, "<remove/> stands alone.");
        }

        if (DataForm.In(query) is not { } form)
        {
            return new(Field(query, "username"), Field(query, "password"), IsRemoval: false);
        }

        if (form.Type != DataFormType.Submit || form.FormType is not (null or Namespace or Namespace + ":changepassword"))
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "The form is not the one that was asked for.");
        }

        return new(NullIfEmpty(form.Text("username")), NullIfEmpty(form.Text("password")), IsRemoval: false);
    }

    private static string? Field(XmlElement query, string name) => NullIfEmpty(query.Child(name, Namespace)?.Text);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
