using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A field of a data form (XEP-0004 §3.2).</summary>
public sealed class DataFormField
{
    /// <summary>Values of one field that are read. More than a room's longest list of affiliations needs.</summary>
    public const int MaxValues = 4096;

    /// <summary>Options of one field that are read.</summary>
    public const int MaxOptions = 512;

    private static readonly XmlName Validate = new("validate", "http://jabber.org/protocol/xdata-validate");

    /// <param name="variable">The name; null only for <see cref="DataFormFieldType.Fixed"/>.</param>
    /// <param name="type">The type, or null where the form does not say it.</param>
    /// <param name="values">The values.</param>
    public DataFormField(string? variable, DataFormFieldType? type = null, params IReadOnlyList<string> values)
    {
        Variable = variable;
        Type = type;
        Values = values;
    }

    /// <summary>The name, unique within its form; null only where there is nothing to submit.</summary>
    public string? Variable { get; }

    /// <summary>The type, or null where the form does not say it: submissions and results need not.</summary>
    public DataFormFieldType? Type { get; }

    /// <summary>Values: defaults in a form, data in a submission or a result.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>A name for people, or null.</summary>
    public string? Label { get; init; }

    /// <summary>An explanation for people, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Whether a submission has to have it.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Whether a list field takes values that it does not offer (XEP-0122 1.0 §3.2.2).</summary>
    public bool IsOpen { get; init; }

    /// <summary>Which whole numbers the field takes (XEP-0122 1.0 §3.2.3), or null where it is for anything.</summary>
    public DataFormRange? Range { get; init; }

    /// <summary>What a list field offers.</summary>
    public IReadOnlyList<DataFormOption> Options { get; init; } = [];

    /// <summary>The first value, or null.</summary>
    public string? Value => Values.Count > 0 ? Values[0] : null;

    internal static DataFormField Read(XmlElement element)
    {
        var type = element.Attribute("type") is { } name ? TypeOf(name) : (DataFormFieldType?)null;
        var variable = element.Attribute("var");
        if (string.IsNullOrEmpty(variable))
        {
            variable = type == DataFormFieldType.Fixed ? null : element.RequiredAttribute("var");
        }

        var values = new List<string>();
        var options = new List<DataFormOption>();
        string? description = null;
        var required = false;
        var open = false;
        DataFormRange? range = null;
        foreach (var child in element.Children)
        {
            if (child.Is("value", DataForm.Namespace))
            {
                DataForm.Limit(values.Count, MaxValues, "values in a field");
                values.Add(child.Text);
            }
            else if (child.Is("option", DataForm.Namespace))
            {
                DataForm.Limit(options.Count, MaxOptions, "options in a field");
                options.Add(ReadOption(child));
            }
            else if (child.Is("desc", DataForm.Namespace))
            {
                description = child.Text;
            }
            else if (child.Is("required", DataForm.Namespace))
            {
                required = true;
            }
            else if (child.Is(Validate))
            {
                open = child.Child("open", Validate.Namespace) is not null;
                range = DataFormRange.In(child);
            }
        }

        return new DataFormField(variable, type, values)
        {
            Label = element.Attribute("label"),
            Description = description,
            IsRequired = required,
            IsOpen = open,
            Range = range,
            Options = options,
        };
    }

    internal void WriteTo(Utf8XmlWriter writer)
    {
        writer.Start("field").Attribute("var", Variable).Attribute("type", Type is { } type ? NameOf(type) : null).Attribute("label", Label);
        if (Description is not null)
        {
            writer.Element("desc", null, Description);
        }

        if (IsRequired)
        {
            writer.Element("required");
        }

        foreach (var value in Values)
        {
            writer.Element("value", null, value);
        }

        foreach (var option in Options)
        {
            writer.Start("option").Attribute("label", option.Label).Element("value", null, option.Value).End();
        }

        if (IsOpen)
        {
            writer.Start(Validate).Attribute("datatype", "xs:string").Element("open").End();
        }

        if (Range is not null)
        {
            writer.Start(Validate);
            Range.WriteTo(writer);
            writer.End();
        }

        writer.End();
    }

    /// <summary>What was submitted for this field of a form, checked against its type and options.</summary>
    /// <exception cref="StanzaException">not-acceptable.</exception>
    internal DataFormField Accept(DataFormField submitted)
    {
        var type = Type ?? DataFormFieldType.TextSingle;
        var values = submitted.Values;
        if (values.Count > 1 && !TakesSeveral(type))
        {
            throw Unacceptable("takes one value");
        }

        // An empty value is how many clients say "none" (XEP-0004 §3.6).
        if (values is [""] && type is not DataFormFieldType.Hidden)
        {
            values = [];
        }

        if (IsRequired && values.Count == 0)
        {
            throw Unacceptable("is required");
        }

        values = type switch
        {
            DataFormFieldType.Boolean => [.. values.Select(Truth)],
            DataFormFieldType.JidSingle or DataFormFieldType.JidMulti => [.. values.Select(Address).Distinct(StringComparer.Ordinal)],
            DataFormFieldType.ListSingle or DataFormFieldType.ListMulti => [.. values.Select(Offered)],
            _ => values,
        };
        if (Range is { } range && !values.All(range.Includes))
        {
            throw Unacceptable($"takes {range}");
        }

        return new DataFormField(Variable, type, values);
    }

    internal static bool? ParseBoolean(string value) => value switch
    {
        "1" or "true" => true,
        "0" or "false" => false,
        _ => null,
    };

    internal StanzaException Unacceptable(string why) => new(StanzaErrorCondition.NotAcceptable, $"The field '{Variable}' {why}.");

    private static bool TakesSeveral(DataFormFieldType type) =>
        type is DataFormFieldType.ListMulti or DataFormFieldType.JidMulti or DataFormFieldType.TextMulti or DataFormFieldType.Hidden;

    private string Truth(string value) => (ParseBoolean(value) ?? throw Unacceptable("takes 'true' or 'false'")) ? "1" : "0";

    private string Address(string value) => Jid.TryParse(value, out var jid) ? jid.ToString() : throw Unacceptable("takes an address");

    private string Offered(string value) =>
        IsOpen || Options.Any(option => option.Value == value) ? value : throw Unacceptable("takes one of its options");

    private static DataFormOption ReadOption(XmlElement element)
    {
        string? value = null;
        foreach (var child in element.Children)
        {
            if (!child.Is("value", DataForm.Namespace))
            {
                continue;
            }

            if (value is not null)
            {
                throw new StanzaException(StanzaErrorCondition.BadRequest, "An option has one value.");
            }

            value = child.Text;
        }

        return value is not null
            ? new DataFormOption(value, element.Attribute("label"))
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "An option has a value.");
    }

    private static DataFormFieldType TypeOf(string name) => name switch
    {
        "text-private" => DataFormFieldType.TextPrivate,
        "text-multi" => DataFormFieldType.TextMulti,
        "list-single" => DataFormFieldType.ListSingle,
        "list-multi" => DataFormFieldType.ListMulti,
        "jid-single" => DataFormFieldType.JidSingle,
        "jid-multi" => DataFormFieldType.JidMulti,
        "boolean" => DataFormFieldType.Boolean,
        "hidden" => DataFormFieldType.Hidden,
        "fixed" => DataFormFieldType.Fixed,
        _ => DataFormFieldType.TextSingle,
    };

    private static string NameOf(DataFormFieldType type) => type switch
    {
        DataFormFieldType.TextPrivate => "text-private",
        DataFormFieldType.TextMulti => "text-multi",
        DataFormFieldType.ListSingle => "list-single",
        DataFormFieldType.ListMulti => "list-multi",
        DataFormFieldType.JidSingle => "jid-single",
        DataFormFieldType.JidMulti => "jid-multi",
        DataFormFieldType.Boolean => "boolean",
        DataFormFieldType.Hidden => "hidden",
        DataFormFieldType.Fixed => "fixed",
        _ => "text-single",
    };
}
