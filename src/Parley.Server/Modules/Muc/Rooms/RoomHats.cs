using System.Security.Cryptography;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>The hats of a room, and who has which (XEP-0317 0.3). Immutable.</summary>
/// <param name="All">The hats, each URI once.</param>
/// <param name="Given">Users by bare JID, and the URI of a hat of theirs.</param>
internal sealed record RoomHats(IReadOnlyList<Hat> All, IReadOnlyList<(Jid User, string Uri)> Given)
{
    /// <summary>Hats of a room.</summary>
    internal const int MaxHats = 50;

    /// <summary>Hats that users have, all together.</summary>
    internal const int MaxGiven = 1000;

    private const string Namespace = "urn:parley:room:1";

    /// <summary>No hats.</summary>
    internal static RoomHats None { get; } = new([], []);

    /// <summary>A hash that changes with the list (§2); null when there are none.</summary>
    internal string? Hash => All.Count == 0 ? null
        : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', All.Select(static hat => hat.Uri).Order(StringComparer.Ordinal)))))[..40];

    /// <summary>What a user wears.</summary>
    internal IReadOnlyList<Hat> Of(Jid user) =>
        Given.Count == 0 ? [] : [.. Given.Where(given => given.User.BareEquals(user)).Select(given => Find(given.Uri)).OfType<Hat>()];

    /// <summary>The hat of a URI, or null.</summary>
    internal Hat? Find(string? uri) => All.FirstOrDefault(hat => hat.Uri == uri);

    /// <summary>Who has a hat.</summary>
    internal IEnumerable<Jid> WearersOf(string uri) => Given.Where(given => given.Uri == uri).Select(static given => given.User);

    /// <summary>With a hat more, or one that is changed.</summary>
    /// <exception cref="StanzaException">resource-constraint: there are too many.</exception>
    internal RoomHats With(Hat hat) =>
        Find(hat.Uri) is not null ? this with { All = [.. All.Select(other => other.Uri == hat.Uri ? hat : other)] }
        : All.Count >= MaxHats ? throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"A room has {MaxHats} hats at most.")
        : this with { All = [.. All, hat] };

    /// <summary>Without a hat: nobody has it any more.</summary>
    internal RoomHats Without(string uri) => new([.. All.Where(hat => hat.Uri != uri)], [.. Given.Where(given => given.Uri != uri)]);

    /// <summary>With a hat given to a user.</summary>
    /// <exception cref="StanzaException">resource-constraint: there are too many.</exception>
    internal RoomHats Give(Jid user, string uri) =>
        Given.Contains((user, uri)) ? this
        : Given.Count >= MaxGiven ? throw new StanzaException(StanzaErrorCondition.ResourceConstraint, $"A room gives {MaxGiven} hats at most.")
        : this with { Given = [.. Given, (user, uri)] };

    /// <summary>With a hat taken from a user.</summary>
    internal RoomHats Take(Jid user, string uri) => this with { Given = [.. Given.Where(given => given != (user, uri))] };

    /// <summary>Writes them as they are stored.</summary>
    internal void WriteTo(Utf8XmlWriter writer)
    {
        if (All.Count == 0)
        {
            return;
        }

        new Hats(All).WriteTo(writer);
        foreach (var (user, uri) in Given)
        {
            writer.Start("given-hat").Attribute("user", user.ToString()).Attribute("uri", uri).End();
        }
    }

    /// <summary>Reads them as they are stored.</summary>
    internal static RoomHats Parse(XmlElement root)
    {
        if (root.Child(Hats.Name) is not { } hats)
        {
            return None;
        }

        var given = new List<(Jid, string)>();
        foreach (var child in root.Children)
        {
            if (child.Is("given-hat", Namespace))
            {
                given.Add((child.RequiredJid("user"), child.RequiredAttribute("uri")));
            }
        }

        return new RoomHats(Hats.Parse(hats).Worn, given);
    }
}
