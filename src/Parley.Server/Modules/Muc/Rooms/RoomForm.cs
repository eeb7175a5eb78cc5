using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>A room's configuration as a form, and back (XEP-0045 §10.1.3, §10.2).</summary>
internal static class RoomForm
{
    /// <summary>The form for a room's owner, with what is so now.</summary>
    internal static DataForm Of(Room room) => new(
        DataFormType.Form,
        [
            new DataFormField(DataForm.FormTypeVariable, DataFormFieldType.Hidden, [RoomConfigurationForm.FormType]),
            .. RoomField.All.Select(field => field.Of(room.Configuration)),
            Addresses(room, RoomConfigurationForm.Admins, "Admins of the room", MucAffiliation.Admin),
            Addresses(room, RoomConfigurationForm.Owners, "Owners of the room", MucAffiliation.Owner),
        ])
    {
        Title = $"Configuration of {room.Address}",
    };

    /// <summary>The configuration with what an accepted form says; what it leaves out stays.</summary>
    /// <exception cref="StanzaException">not-acceptable: a value that its field does not take, or no password where one is asked for.</exception>
    internal static RoomConfiguration Apply(DataForm accepted, RoomConfiguration configuration)
    {
        foreach (var field in RoomField.All)
        {
            if (accepted[field.Variable] is { } filled)
            {
                configuration = field.Set(configuration, filled.Values);
            }
        }

        return configuration.Password == ""
            ? throw new StanzaException(StanzaErrorCondition.NotAcceptable, "A room that asks for a password has to have one.")
            : configuration;
    }

    /// <summary>The configuration in a stored form.</summary>
    internal static DataForm ToStored(RoomConfiguration configuration) =>
        DataForm.Of(DataFormType.Submit, RoomConfigurationForm.FormType, RoomField.All.Select(field => new DataFormField(field.Variable, null, field.Get(configuration))));

    /// <summary>Whether two forms of the same fields say the same.</summary>
    internal static bool HasSameValues(this DataForm form, DataForm other) =>
        form.Fields.Zip(other.Fields).All(static pair => pair.First.Values.SequenceEqual(pair.Second.Values));

    private static DataFormField Addresses(Room room, string variable, string label, MucAffiliation affiliation) =>
        new(variable, DataFormFieldType.JidMulti, [.. room.Affiliations.With(affiliation).Select(static member => member.User.ToString())]) { Label = label };
}
