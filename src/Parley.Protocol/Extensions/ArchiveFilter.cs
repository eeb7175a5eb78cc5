using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>Which messages of an archive are asked for (XEP-0313 §4.1): every condition that is not null has to hold.</summary>
public sealed record ArchiveFilter
{
    /// <summary>Ids that one query may name.</summary>
    public const int MaxIds = 1000;

    /// <summary>Characters of a text that is searched for.</summary>
    public const int MaxTextLength = 1000;

    private const string FullTextVariable = "{urn:xmpp:fulltext:0}fulltext";

    /// <summary>The other end: a bare address with all its resources, a full one alone.</summary>
    public Jid? With { get; init; }

    /// <summary>No message from before this moment.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>No message from after this moment.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>Only messages before the one of this id.</summary>
    public string? BeforeId { get; init; }

    /// <summary>Only messages after the one of this id.</summary>
    public string? AfterId { get; init; }

    /// <summary>The messages of these ids.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Whether messages out of rooms are to be in the result; null leaves it to the server.</summary>
    public bool? IncludeGroupChat { get; init; }

    /// <summary>Words to search for (XEP-0431).</summary>
    public string? FullText { get; init; }

    /// <summary>Reads a submission. A field without a value, or with an empty one, says nothing.</summary>
    /// <exception cref="StanzaException">bad-request: it is no submission, is for something else, or a value is not what its field takes;
    /// feature-not-implemented: it has a field that is not known (§4.1.5); policy-violation: too many ids, or too long a text.</exception>
    public static ArchiveFilter Parse(DataForm form)
    {
        ArgumentNullException.ThrowIfNull(form);
        if (form.Type != DataFormType.Submit || form.FormType != MessageArchive.Namespace)
        {
            throw Bad($"A query takes a submitted form with the FORM_TYPE {MessageArchive.Namespace}.");
        }

        var filter = new ArchiveFilter();
        foreach (var field in form.Fields)
        {
            filter = filter.Read(field);
        }

        return filter;
    }

    /// <summary>The submission.</summary>
    public DataForm ToForm()
    {
        var fields = new List<DataFormField>();
        Add("with", With?.ToString());
        Add("start", Start is { } start ? DateTimeProfile.Format(start) : null);
        Add("end", End is { } end ? DateTimeProfile.Format(end) : null);
        Add("before-id", BeforeId);
        Add("after-id", AfterId);
        if (Ids is not null)
        {
            fields.Add(new DataFormField("ids", null, Ids));
        }

        Add("include-groupchat", IncludeGroupChat is { } include ? include ? "true" : "false" : null);
        Add(FullTextVariable, FullText);
        return DataForm.Of(DataFormType.Submit, MessageArchive.Namespace, fields);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                fields.Add(new DataFormField(name, null, value));
            }
        }
    }

    /// <summary>The form that tells which fields there are (§4.1.5).</summary>
    public static DataForm Form { get; } = FormOf(new DataFormField("include-groupchat", DataFormFieldType.Boolean));

    /// <summary>The same for the archive of a room, in which nothing but groupchat is.</summary>
    public static DataForm RoomForm { get; } = FormOf();

    private static DataForm FormOf(params IEnumerable<DataFormField> further) => DataForm.Of(
        DataFormType.Form,
        MessageArchive.Namespace,
        [
            new DataFormField("with", DataFormFieldType.JidSingle),
            new DataFormField("start", DataFormFieldType.TextSingle),
            new DataFormField("end", DataFormFieldType.TextSingle),
            new DataFormField("before-id", DataFormFieldType.TextSingle),
            new DataFormField("after-id", DataFormFieldType.TextSingle),
            new DataFormField("ids", DataFormFieldType.ListMulti) { IsOpen = true },
            .. further,
            new DataFormField(FullTextVariable, DataFormFieldType.TextSingle),
        ]);

    private ArchiveFilter Read(DataFormField field) => field.Variable switch
    {
        DataForm.FormTypeVariable or null => this,
        "with" => this with { With = Single(field) is { } text ? Address(text) : null },
        "start" => this with { Start = Single(field) is { } text ? Moment(text) : null },
        "end" => this with { End = Single(field) is { } text ? Moment(text) : null },
        "before-id" => this with { BeforeId = Single(field) },
        "after-id" => this with { AfterId = Single(field) },
        "ids" => this with { Ids = Several(field) },
        "include-groupchat" => this with { IncludeGroupChat = Single(field) is { } text ? Truth(text) : null },
        FullTextVariable => this with { FullText = Searched(Single(field)) },
        _ => throw new StanzaException(StanzaErrorCondition.FeatureNotImplemented, $"The field '{field.Variable}' is not known."),
    };

    private static string? Single(DataFormField field) =>
        field.Values.Count > 1 ? throw Bad($"The field '{field.Variable}' takes one value.")
        : field.Value is { Length: > 0 } value ? value
        : null;

    private static IReadOnlyList<string>? Several(DataFormField field) =>
        field.Values.Count > MaxIds ? throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"A query names {MaxIds} ids at most.")
        : field.Values is [] or [""] ? null
        : field.Values;

    private static Jid Address(string text) => Jid.TryParse(text, out var jid) ? jid : throw Bad("The field 'with' takes an address.");

    private static DateTimeOffset Moment(string text) =>
        DateTimeProfile.TryParse(text, out var moment) ? moment : throw Bad("The fields 'start' and 'end' take times such as 2010-07-10T23:08:25Z.");

    private static bool Truth(string text) => DataFormField.ParseBoolean(text) ?? throw Bad("The field 'include-groupchat' takes 'true' or 'false'.");

    private static string? Searched(string? text) =>
        text?.Length > MaxTextLength ? throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"A text that is searched for has {MaxTextLength} characters at most.")
        : text;

    private static StanzaException Bad(string text) => new(StanzaErrorCondition.BadRequest, text);
}
