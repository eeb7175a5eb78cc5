namespace Parley.Protocol.Extensions;

/// <summary>What a form is for (XEP-0004 §3.1).</summary>
public enum DataFormType
{
    /// <summary>To be filled out.</summary>
    Form,

    /// <summary>Filled out.</summary>
    Submit,

    /// <summary>Filling out was given up.</summary>
    Cancel,

    /// <summary>Data.</summary>
    Result,
}
