using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>The commands (XEP-0050) by which a room's hats are managed: their nodes and forms (XEP-0317 0.3 §4).</summary>
public static class HatCommands
{
    public const string FormType = "urn:xmpp:hats:commands";

    public const string Create = "urn:xmpp:hats:commands:create";
    public const string Destroy = "urn:xmpp:hats:commands:destroy";
    public const string List = "urn:xmpp:hats:commands:list";
    public const string Assign = "urn:xmpp:hats:commands:assign";
    public const string Unassign = "urn:xmpp:hats:commands:unassign";
    public const string ListAssigned = "urn:xmpp:hats:commands:list-assigned";

    public const string UserField = "hats#jid";
    public const string TitleField = "hats#title";
    public const string UriField = "hats#uri";
    public const string HueField = "hats#hue";

    /// <summary>The field of muc#roominfo that changes with the room's list of hats (§2).</summary>
    public const string HashField = "hats#hash";

    private static DataFormField Type => new(DataForm.FormTypeVariable, DataFormFieldType.Hidden, FormType);

    /// <summary>The form to create a hat.</summary>
    public static DataForm CreateForm() => new(
        DataFormType.Form,
        Type,
        new(TitleField, DataFormFieldType.TextSingle) { Label = "Hat Title", IsRequired = true },
        new(UriField, DataFormFieldType.TextSingle) { Label = "Hat URI", IsRequired = true },
        new(HueField, DataFormFieldType.TextSingle) { Label = "Hat Hue" })
    {
        Title = "Creating a Hat",
        Instructions = ["Fill out this form to create a hat."],
    };

    /// <summary>The hat that a submission of <see cref="CreateForm"/> describes.</summary>
    /// <exception cref="StanzaException">not-acceptable: a field is missing, or the colour is none.</exception>
    public static Hat ReadHat(DataForm submitted)
    {
        ArgumentNullException.ThrowIfNull(submitted);
        var accepted = CreateForm().Accept(submitted);
        double? hue = null;
        if (accepted.Text(HueField) is { } text)
        {
            hue = Hat.TryParseHue(text, out var angle) ? angle
                : throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"The field '{HueField}' takes an angle from 0 to below 360 degrees.");
        }

        return new Hat(accepted.Text(UriField)!, accepted.Text(TitleField)!, hue);
    }

    /// <summary>The form to destroy one of some hats.</summary>
    public static DataForm DestroyForm(IReadOnlyList<Hat> hats) => new(DataFormType.Form, Type, Choice(hats))
    {
        Title = "Destroying a Hat",
        Instructions = ["Fill out this form to destroy a hat."],
    };

    /// <summary>The form to give one of some hats to somebody.</summary>
    public static DataForm AssignForm(IReadOnlyList<Hat> hats) => ForUser(hats, "Assigning a Hat", "Fill out this form to assign a hat.");

    /// <summary>The form to take one of some hats from somebody.</summary>
    public static DataForm UnassignForm(IReadOnlyList<Hat> hats) => ForUser(hats, "Removing a Hat", "Fill out this form to remove a hat.");

    /// <summary>The hats that a room has.</summary>
    public static DataForm Listed(IEnumerable<Hat> hats) => new(DataFormType.Result)
    {
        Title = "Hats List",
        Reported = [new(TitleField), new(UriField), new(HueField)],
        Items = [.. hats.Select(static hat => (IReadOnlyList<DataFormField>)[new(TitleField, null, hat.Title), new(UriField, null, hat.Uri), HueOf(hat)])],
    };

    /// <summary>Who has which hat.</summary>
    public static DataForm Assigned(IEnumerable<(Jid User, Hat Hat)> hats) => new(DataFormType.Result)
    {
        Title = "Assigned Hats List",
        Reported = [new(UserField), new(UriField), new(TitleField), new(HueField)],
        Items =
        [
            .. hats.Select(static hat => (IReadOnlyList<DataFormField>)
                [new(UserField, null, hat.User.ToString()), new(UriField, null, hat.Hat.Uri), new(TitleField, null, hat.Hat.Title), HueOf(hat.Hat)]),
        ],
    };

    private static DataForm ForUser(IReadOnlyList<Hat> hats, string title, string instructions) => new(
        DataFormType.Form,
        Type,
        new(UserField, DataFormFieldType.JidSingle) { Label = "User Address", IsRequired = true },
        Choice(hats))
    {
        Title = title,
        Instructions = [instructions],
    };

    private static DataFormField Choice(IReadOnlyList<Hat> hats) => new(UriField, DataFormFieldType.ListSingle)
    {
        Label = "The role",
        IsRequired = true,
        Options = [.. hats.Select(static hat => new DataFormOption(hat.Uri, hat.Title))],
    };

    private static DataFormField HueOf(Hat hat) => new(HueField, null, hat.HueText is { } hue ? [hue] : []);
}
