using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A data form (XEP-0004 2.13), with the field standardization of XEP-0068 1.3.</summary>
public sealed class DataForm
{
    public const string Namespace = "jabber:x:data";

    /// <summary>The hidden field that says which fields a form has (XEP-0068 §3).</summary>
    public const string FormTypeVariable = "FORM_TYPE";

    /// <summary>Fields that are read of a form, of its header or of one of its items. The largest form that a specification defines has about 50.</summary>
    public const int MaxFields = 256;

    /// <summary>Items that are read of a result.</summary>
    public const int MaxItems = 4096;

    public static readonly XmlName Name = new("x", Namespace);

    /// <param name="type">What the form is for.</param>
    /// <param name="fields">Its fields, in the order in which people see them.</param>
    public DataForm(DataFormType type, params IReadOnlyList<DataFormField> fields)
    {
        Type = type;
        Fields = fields;
    }

    public DataFormType Type { get; }

    /// <summary>A heading, or null.</summary>
    public string? Title { get; init; }

    /// <summary>What a person is asked to do; each a paragraph.</summary>
    public IReadOnlyList<string> Instructions { get; init; } = [];

    public IReadOnlyList<DataFormField> Fields { get; }

    /// <summary>The columns of <see cref="Items"/> (XEP-0004 §3.4); empty when there are none.</summary>
    public IReadOnlyList<DataFormField> Reported { get; init; } = [];

    /// <summary>The rows of a result, each with the fields that <see cref="Reported"/> names.</summary>
    public IReadOnlyList<IReadOnlyList<DataFormField>> Items { get; init; } = [];

    /// <summary>Which form it is: the value of FORM_TYPE, or null. Outside submissions the field has to be hidden to count (XEP-0068 §4.3).</summary>
    public string? FormType =>
        this[FormTypeVariable] is { } named && (Type == DataFormType.Submit || named.Type == DataFormFieldType.Hidden) ? named.Value : null;

    /// <summary>The field of that name, or null.</summary>
    public DataFormField? this[string variable] => Fields.FirstOrDefault(field => field.Variable == variable);

    /// <summary>A form whose first field is its FORM_TYPE.</summary>
    public static DataForm Of(DataFormType type, string formType, params IEnumerable<DataFormField> fields) =>
        new(type, [new DataFormField(FormTypeVariable, DataFormFieldType.Hidden, [formType]), .. fields]);

    /// <summary>Reads a form.</summary>
    /// <exception cref="StanzaException">bad-request: it is against XEP-0004; policy-violation: it is larger than our limits.</exception>
    public static DataForm Parse(XmlElement element)
    {
        var type = TypeOf(element.RequiredAttribute("type"));
        string? title = null;
        var instructions = new List<string>();
        var fields = new List<DataFormField>();
        var items = new List<IReadOnlyList<DataFormField>>();
        IReadOnlyList<DataFormField>? reported = null;
        foreach (var child in element.Children)
        {
            if (child.Is("field", Namespace))
            {
                Limit(fields.Count, MaxFields, "fields");
                fields.Add(DataFormField.Read(child));
            }
            else if (child.Is("item", Namespace))
            {
                Limit(items.Count, MaxItems, "items");
                items.Add(ReadFields(child));
            }
            else if (child.Is("reported", Namespace))
            {
                reported = reported is null ? ReadFields(child) : throw new StanzaException(StanzaErrorCondition.BadRequest, "A form has one <reported/>.");
            }
            else if (child.Is("title", Namespace))
            {
                title = child.Text;
            }
            else if (child.Is("instructions", Namespace))
            {
                Limit(instructions.Count, MaxFields, "instructions");
                instructions.Add(child.Text);
            }
        }

        Distinct(fields);
        return new DataForm(type, fields) { Title = title, Instructions = instructions, Reported = reported ?? [], Items = items };
    }

    /// <summary>Reads the form inside an element.</summary>
    /// <returns>The form, or null when there is none.</returns>
    /// <exception cref="StanzaException">As <see cref="Parse"/> does.</exception>
    public static DataForm? In(XmlElement parent) => parent.Child(Name) is { } element ? Parse(element) : null;

    public void WriteTo(Utf8XmlWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Start(Name).Attribute("type", NameOf(Type));
        if (Title is not null)
        {
            writer.Element("title", null, Title);
        }

        foreach (var paragraph in Instructions)
        {
            writer.Element("instructions", null, paragraph);
        }

        foreach (var field in Fields)
        {
            field.WriteTo(writer);
        }

        if (Reported.Count > 0)
        {
            WriteFields(writer, "reported", Reported);
        }

        foreach (var item in Items)
        {
            WriteFields(writer, "item", item);
        }

        writer.End();
    }

    /// <summary>Checks a submission against this form (XEP-0004 §3.5, §4).</summary>
    /// <param name="submitted">What was submitted.</param>
    /// <returns>
    /// The fields that this form has and the submission names, with this form's types, values normalised (booleans <c>1</c> or <c>0</c>,
    /// addresses prepared, each once). Fields that this form does not have are left out; fields left out keep their present value.
    /// </returns>
    /// <exception cref="StanzaException">bad-request: it is no submission; not-acceptable: of another FORM_TYPE, without a required
    /// field, or with a value that its field does not take.</exception>
    public DataForm Accept(DataForm submitted)
    {
        ArgumentNullException.ThrowIfNull(submitted);
        if (submitted.Type != DataFormType.Submit)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "The form is no submission.");
        }

        if (submitted.FormType is { } theirs && FormType is { } ours && theirs != ours)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, $"The form is not of the type '{ours}'.");
        }

        var accepted = new List<DataFormField>();
        foreach (var field in Fields)
        {
            if (field.Variable is null || field.Type == DataFormFieldType.Fixed)
            {
                continue;
            }

            if (submitted[field.Variable] is { } filled)
            {
                accepted.Add(field.Accept(filled));
            }
            else if (field.IsRequired)
            {
                throw field.Unacceptable("is required");
            }
        }

        return new DataForm(DataFormType.Submit, accepted);
    }

    /// <summary>The first value of a field, or null when the field is missing or has none.</summary>
    public string? Text(string variable) => this[variable]?.Value;

    /// <summary>The value of a field as yes or no; null when the field is missing or has none.</summary>
    /// <exception cref="StanzaException">not-acceptable: the value is neither.</exception>
    public bool? Boolean(string variable) =>
        this[variable] is not { Value: { } value } field ? null
        : DataFormField.ParseBoolean(value) ?? throw field.Unacceptable("takes 'true' or 'false'");

    internal static void Limit(int count, int most, string what)
    {
        if (count >= most)
        {
            throw new StanzaException(StanzaErrorCondition.PolicyViolation, $"Too many {what}: {most} at most.");
        }
    }

    private static List<DataFormField> ReadFields(XmlElement element)
    {
        var fields = new List<DataFormField>();
        foreach (var child in element.Children)
        {
            if (child.Is("field", Namespace))
            {
                Limit(fields.Count, MaxFields, "fields");
                fields.Add(DataFormField.Read(child));
            }
        }

        if (fields.Count == 0)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, $"<{element.LocalName}/> needs a <field/>.");
        }

        Distinct(fields);
        return fields;
    }

    private static void Distinct(List<DataFormField> fields)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            if (field.Variable is not null && !seen.Add(field.Variable))
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, $"The field '{field.Variable}' is there twice.");
            }
        }
    }

    private static void WriteFields(Utf8XmlWriter writer, string name, IReadOnlyList<DataFormField> fields)
    {
        writer.Start(name);
        foreach (var field in fields)
        {
            field.WriteTo(writer);
        }

        writer.End();
    }

    private static DataFormType TypeOf(string name) => name switch
    {
        "form" => DataFormType.Form,
        "submit" => DataFormType.Submit,
        "cancel" => DataFormType.Cancel,
        "result" => DataFormType.Result,
        _ => throw new StanzaException(StanzaErrorCondition.BadRequest, "A form is of type form, submit, cancel or result."),
    };

    private static string NameOf(DataFormType type) => type switch
    {
        DataFormType.Form => "form",
        DataFormType.Submit => "submit",
        DataFormType.Cancel => "cancel",
        _ => "result",
    };
}
