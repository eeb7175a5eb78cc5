using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Parley.Protocol.Addressing;

/// <summary>One profile of PRECIS: the code points that it allows and the rules that it applies, in order (RFC 8264 §7).</summary>
public sealed class PrecisProfile
{
    // RFC 8264 §7: a string that has not come to rest after the rules and three repetitions is refused.
    private const int MaxRounds = 4;

    private readonly PrecisRules _rules;
    private readonly NormalizationForm _form;

    internal PrecisProfile(PrecisRules rules, NormalizationForm form = NormalizationForm.FormC)
    {
        _rules = rules;
        _form = form;
    }

    /// <summary>Prepares and checks a string.</summary>
    /// <exception cref="JidFormatException">The profile refuses it.</exception>
    public string Enforce(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return TryEnforce(value, out var enforced) ? enforced : throw new JidFormatException("Not a string that the profile allows.");
    }

    /// <summary>Prepares and checks a string; false when the profile refuses it, as each refuses an empty one.</summary>
    public bool TryEnforce([NotNullWhen(true)] string? value, [NotNullWhen(true)] out string? enforced)
    {
        enforced = null;
        if (string.IsNullOrEmpty(value) || !UnicodeSupport.CanPrepare(value))
            return false;
        var current = value;
        for (var round = 0; round < MaxRounds; round++)
        {
            if (!TryApply(current, out var next))
                return false;
            if (string.Equals(next, current, StringComparison.Ordinal))
            {
                enforced = current;
                return true;
            }

            current = next;
        }

        return false;
    }

    private bool TryApply(string value, [NotNullWhen(true)] out string? result)
    {
        result = null;
        if (Has(PrecisRules.MapWidth))
            value = PrecisMappings.MapWidth(value);
        Rune[] runes = [.. value.EnumerateRunes()];
        if (!(Has(PrecisRules.Identifier) ? PrecisClass.IsIdentifier(runes) : PrecisClass.IsFreeform(runes)))
            return false;
        if (Has(PrecisRules.MapSpaces))
            value = PrecisMappings.MapSpaces(value);
        if (Has(PrecisRules.CollapseSpaces))
            value = PrecisMappings.CollapseSpaces(value);
        if (Has(PrecisRules.MapCase))
            value = PrecisMappings.ToLower(value);
        value = value.Normalize(_form);
        if (value.Length == 0 || (Has(PrecisRules.CheckDirection) && !HasReadableDirection(value)))
            return false;
        result = value;
        return true;
    }

    private bool Has(PrecisRules rule) => (_rules & rule) != 0;

    private static bool HasReadableDirection(string value)
    {
        Rune[] runes = [.. value.EnumerateRunes()];
        return !BidiRule.IsDue(runes) || BidiRule.Holds(runes);
    }
}
