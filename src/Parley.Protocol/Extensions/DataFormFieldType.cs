namespace Parley.Protocol.Extensions;

/// <summary>The type of a form field (XEP-0004 §3.3).</summary>
public enum DataFormFieldType
{
    /// <summary>One line of text. The default, and what a type that is not known stands for.</summary>
    TextSingle,

    /// <summary>One line of text that is not to be shown.</summary>
    TextPrivate,

    /// <summary>Lines of text, each a value.</summary>
    TextMulti,

    /// <summary>One of the options.</summary>
    ListSingle,

    /// <summary>Any of the options, in their order.</summary>
    ListMulti,

    /// <summary>One address.</summary>
    JidSingle,

    /// <summary>Addresses; one that occurs twice counts once.</summary>
    JidMulti,

    /// <summary>Yes or no: <c>1</c>, <c>true</c>, <c>0</c> or <c>false</c>.</summary>
    Boolean,

    /// <summary>Not shown, and handed back as it came.</summary>
    Hidden,

    /// <summary>Words for the reader of the form; never data.</summary>
    Fixed,
}
