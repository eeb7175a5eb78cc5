using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Parley.Web.Chat;

/// <summary>Checks the options when the server starts; each message names the key and what it takes.</summary>
internal sealed partial class ChatOptionsValidation : IValidateOptions<ChatOptions>
{
    private const int MaxTitleLength = 60;

    public ValidateOptionsResult Validate(string? name, ChatOptions options)
    {
        var failures = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Title) || options.Title.Length > MaxTitleLength || options.Title.Any(char.IsControl))
        {
            failures.Add($"Title: '{options.Title}' will not do; it takes a name of 1 to {MaxTitleLength} characters.");
        }

        if (options.Language is { } language && !LanguageTag().IsMatch(language))
        {
            failures.Add($"Language: '{language}' is no language; it takes one such as 'de' or 'pt-BR'.");
        }

        if (options.Enabled && !options.WebSocket && !options.Bosh)
        {
            failures.Add("WebSocket: it is false, and Bosh too: the chat could not connect; Enabled turns it off.");
        }

        if (options.Folder is { } folder && !Directory.Exists(folder))
        {
            failures.Add($"Folder: there is no folder '{folder}'.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    [GeneratedRegex("^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex LanguageTag();
}
