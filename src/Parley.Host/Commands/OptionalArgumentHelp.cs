using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Parley.Host.Commands;

/// <summary>The help, with the arguments of commands in its list in the brackets that they have in the usage of each: <c>doctor [DOMAIN...]</c> needs none.</summary>
internal sealed class OptionalArgumentHelp(HelpAction help) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var configuration = parseResult.InvocationConfiguration;
        var output = configuration.Output;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        configuration.Output = text;
        var code = help.Invoke(parseResult);
        configuration.Output = output;
        output.Write(Bracketed(text.ToString(), parseResult.CommandResult.Command));
        return code;
    }

    // Each line of the list moves to the right by what the longest label gains.
    private static string Bracketed(string text, Command command)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var sub in command.Subcommands)
        {
            var optional = sub.Arguments.Where(static argument => argument.Arity.MinimumNumberOfValues == 0).ToList();
            if (optional.Count > 0)
            {
                var plain = optional.Aggregate(Label(sub), static (label, argument) => label.Replace(
                    $"<{argument.Name}>", argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name}...]" : $"[{argument.Name}]", StringComparison.Ordinal));
                labels[Label(sub)] = plain;
            }
        }

        if (labels.Count == 0)
        {
            return text;
        }

        var gain = labels.Max(static pair => pair.Value.Length - pair.Key.Length);
        var lines = text.Split('\n');
        var begin = Array.FindIndex(lines, static line => line.TrimEnd() == "Commands:") + 1;
        for (var i = begin; begin > 0 && i < lines.Length && lines[i].StartsWith("  ", StringComparison.Ordinal); i++)
        {
            var label = command.Subcommands.Select(Label).FirstOrDefault(label => lines[i].StartsWith($"  {label}  ", StringComparison.Ordinal));
            lines[i] = label is null
                ? new string(' ', gain) + lines[i]
                : $"  {labels.GetValueOrDefault(label, label)}{new string(' ', gain - (labels.GetValueOrDefault(label, label).Length - label.Length))}{lines[i][(2 + label.Length)..]}";
        }

        return string.Join('\n', lines);
    }

    private static string Label(Command command) => string.Join(' ', [command.Name, .. command.Arguments.Select(static argument => $"<{argument.Name}>")]);
}
