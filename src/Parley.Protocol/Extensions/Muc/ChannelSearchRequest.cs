using System.Globalization;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions.Muc;

/// <summary>Which rooms are searched for (XEP-0433 0.1 §4.2).</summary>
public sealed record ChannelSearchRequest
{
    /// <summary>Words to search for; null where all rooms are asked for.</summary>
    public string? Text { get; init; }

    /// <summary>Whether names are searched.</summary>
    public bool InName { get; init; } = true;

    /// <summary>Whether descriptions are searched.</summary>
    public bool InDescription { get; init; } = true;

    /// <summary>Whether addresses are searched.</summary>
    public bool InAddress { get; init; } = true;

    /// <summary>The fewest occupants.</summary>
    public int MinUsers { get; init; }

    /// <summary>Whether rooms (XEP-0045) may be in the result at all.</summary>
    public bool WantsRooms { get; init; } = true;

    /// <summary>Whether the result is ordered by address, not by the number of occupants.</summary>
    public bool IsByAddress { get; init; }

    /// <summary>Which page is asked for; null for the first.</summary>
    public ResultSetRequest? Page { get; init; }

    /// <summary>Reads the element; null when the form is asked for.</summary>
    /// <exception cref="StanzaException">The errors of §4.2.2, with their conditions; not-acceptable: a value is not what its field takes; as <see cref="DataForm.Parse"/> and <see cref="ResultSetRequest.Parse"/> otherwise.</exception>
    public static ChannelSearchRequest? Parse(XmlElement search)
    {
        if (DataForm.In(search) is not { } submitted)
        {
            return null;
        }

        if (submitted.Text(ChannelSearch.KeyField) is { Length: > 0 } key and not ChannelSearch.ByUsers and not ChannelSearch.ByAddress)
        {
            throw Refusal(StanzaErrorCondition.FeatureNotImplemented, StanzaErrorType.Modify, ChannelSearch.InvalidSortKey, $"Results are not ordered by '{key}'.");
        }

        var form = ChannelSearch.Form.Accept(submitted);
        var all = form.Boolean(ChannelSearch.AllField) == true;
        var text = form.Text(ChannelSearch.TextField) is { Length: > 0 } words ? words : null;
        if (all && text is not null)
        {
            throw Refusal(StanzaErrorCondition.BadRequest, StanzaErrorType.Modify, ChannelSearch.ConflictingFields, "Either all are returned, or those with some words.");
        }

        if (!all && text is null)
        {
            throw Refusal(StanzaErrorCondition.BadRequest, StanzaErrorType.Cancel, ChannelSearch.NoSearchConditions, "Say what to search for.");
        }

        return new ChannelSearchRequest
        {
            Text = text,
            InName = form.Boolean(ChannelSearch.InNameField) ?? true,
            InDescription = form.Boolean(ChannelSearch.InDescriptionField) ?? true,
            InAddress = form.Boolean(ChannelSearch.InAddressField) ?? submitted.Boolean(ChannelSearch.InAddressOfExample) ?? true,
            MinUsers = form.Text(ChannelSearch.MinUsersField) is { } users ? (int)long.Clamp(long.Parse(users, CultureInfo.InvariantCulture), 0, int.MaxValue) : 0,
            WantsRooms = form[ChannelSearch.TypesField] is not { Values.Count: > 0 } types || types.Values.Contains(ChannelSearch.RoomType),
            IsByAddress = form.Text(ChannelSearch.KeyField) == ChannelSearch.ByAddress,
            Page = ResultSetRequest.In(search),
        };
    }

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(ChannelSearch.Name);
        Page?.WriteTo(writer);
        var fields = new List<DataFormField> { Text is null ? Of(ChannelSearch.AllField, true) : new(ChannelSearch.TextField, null, Text) };
        fields.Add(Of(ChannelSearch.InNameField, InName));
        fields.Add(Of(ChannelSearch.InDescriptionField, InDescription));
        fields.Add(Of(ChannelSearch.InAddressField, InAddress));
        fields.Add(new(ChannelSearch.MinUsersField, null, MinUsers.ToString(CultureInfo.InvariantCulture)));
        fields.Add(new(ChannelSearch.KeyField, null, IsByAddress ? ChannelSearch.ByAddress : ChannelSearch.ByUsers));
        DataForm.Of(DataFormType.Submit, ChannelSearch.FormType, fields).WriteTo(writer);
        writer.End();
    }

    private static DataFormField Of(string name, bool value) => new(name, null, value ? "true" : "false");

    private static StanzaException Refusal(StanzaErrorCondition condition, StanzaErrorType type, XmlName application, string text) =>
        new(new StanzaError(condition, type, text) { ApplicationCondition = application });
}
