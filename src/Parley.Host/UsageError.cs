using System.CommandLine;
using System.CommandLine.Parsing;

namespace Parley.Host;

/// <summary>Says in one line what is wrong with a command line, and which help tells how it goes.</summary>
internal static class UsageError
{
    /// <summary>The line, or null when the command line is understood.</summary>
    internal static string? Describe(ParseResult result, IReadOnlyList<string> arguments)
    {
        var problem = UnknownOption(result, arguments) is { } option ? $"{option}: there is no such option"
            : result.Errors.Count == 0 ? null
            : result.UnmatchedTokens is [var token, ..] ? $"'{token}': {(result.CommandResult.Command.Subcommands.Count > 0 ? "there is no such command" : "it is one argument too many")}"
            : Describe(result.Errors[0], result.CommandResult);
        return problem is null ? null : $"{problem}; see '{Path(result.CommandResult)} --help'.";
    }

    // An argument takes what looks like an option; the mistake is then somewhere else than where it is found. What follows "--" is meant, and so is an address.
    private static string? UnknownOption(ParseResult result, IReadOnlyList<string> arguments)
    {
        var taken = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(static argument => argument.Tokens).Select(static token => token.Value);
        var candidates = result.UnmatchedTokens.Concat(taken).ToHashSet(StringComparer.Ordinal);
        return arguments
            .TakeWhile(static argument => argument != "--")
            .FirstOrDefault(argument => argument is ['-', _, ..] && !argument.Split('=')[0].Contains('@') && candidates.Contains(argument))
            ?.Split('=')[0];
    }

    private static string Describe(ParseError error, CommandResult command) => error.SymbolResult switch
    {
        OptionResult { Tokens.Count: 0, Option: var option } => $"{option.Name}: it takes {option.HelpName}",
        OptionResult { Option: { Arity.MaximumNumberOfValues: 1 } option } => $"{option.Name}: it is given more than once",
        ArgumentResult { Tokens.Count: 0, Argument: var argument } => $"it takes a {argument.Name}",
        CommandResult when command.Command.Subcommands.Count > 0 => $"it takes a command: {string.Join(", ", command.Command.Subcommands.Select(static sub => sub.Name))}",
        _ => error.Message.ReplaceLineEndings(" ").TrimEnd('.'),
    };

    private static string Path(CommandResult command) => command.Parent is CommandResult parent
        ? $"{Path(parent)} {command.Command.Name}"
        : "parley";
}
