using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>An invitation that goes through the room (XEP-0045 1.35 §7.8.2).</summary>
/// <param name="To">Who is invited: on the way to the room; null on the way from it.</param>
/// <param name="From">Who invites: on the way from the room; null on the way to it.</param>
/// <param name="Reason">Why, for people, or null.</param>
/// <param name="Continued">Whether the room goes on with a one-to-one chat (§7.9), and which; null where it does not.</param>
public sealed record MucInvitation(Jid? To = null, Jid? From = null, string? Reason = null, MucContinuation? Continued = null)
{
    public static readonly XmlName Name = new("invite", MucUser.Namespace);

    /// <summary>Reads the element.</summary>
    /// <exception cref="StanzaException">jid-malformed: an address is none.</exception>
    public static MucInvitation Parse(XmlElement element) => new(
        element.OptionalJid("to"),
        element.OptionalJid("from"),
        element.Child("reason", MucUser.Namespace)?.Text,
        element.Child("continue", MucUser.Namespace) is { } chat ? new MucContinuation(chat.Attribute("thread")) : null);

    /// <summary>Writes the element into a muc#user element.</summary>
    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start("invite").Attribute("from", From?.ToString()).Attribute("to", To?.ToString());
        if (Reason is not null)
        {
            writer.Element("reason", null, Reason);
        }

        if (Continued is not null)
        {
            writer.Start("continue").Attribute("thread", Continued.Thread).End();
        }

        writer.End();
    }
}

/// <summary>The one-to-one chat that a room goes on with.</summary>
/// <param name="Thread">Its thread, or null.</param>
public sealed record MucContinuation(string? Thread = null);

/// <summary>The muc#user element of a message that invites.</summary>
/// <param name="Invitations">One on the way from the room; on the way to it any number.</param>
/// <param name="Password">The room's password, which the room adds (§7.8.2), or null.</param>
public sealed record MucInvitations(IReadOnlyList<MucInvitation> Invitations, string? Password = null)
{
    /// <summary>Invitations that are read of one message. More than anybody chooses by hand.</summary>
    public const int MaxInvitations = 100;

    /// <summary>Reads the element; null when nobody is invited in it.</summary>
    /// <exception cref="StanzaException">jid-malformed: an address is none; policy-violation: there are too many.</exception>
    public static MucInvitations? In(XmlElement user)
    {
        var invitations = new List<MucInvitation>();
        foreach (var child in user.Children)
        {
            if (child.Is(MucInvitation.Name))
            {
                DataForm.Limit(invitations.Count, MaxInvitations, "invitations");
                invitations.Add(MucInvitation.Parse(child));
            }
        }

        return invitations.Count == 0 ? null : new MucInvitations(invitations, user.Child("password", MucUser.Namespace)?.Text);
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(MucUser.Name);
        foreach (var invitation in Invitations)
        {
            invitation.WriteTo(writer);
        }

        if (Password is not null)
        {
            writer.Element("password", null, Password);
        }

        writer.End();
    }
}
