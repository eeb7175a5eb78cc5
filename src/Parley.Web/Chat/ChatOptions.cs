namespace Parley.Web.Chat;

/// <summary>What an operator decides about the web chat. Validated when the server starts.</summary>
public sealed class ChatOptions
{
    /// <summary>Whether the web chat is served. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>The name that visitors see. Default <c>Parley</c>; up to 60 characters.</summary>
    public string Title { get; set; } = "Parley";

    /// <summary>The language of the chat, such as <c>de</c> or <c>pt-BR</c>; null, the default, for what each visitor's browser prefers.</summary>
    public string? Language { get; set; }

    /// <summary>Whether the chat connects by WebSocket (RFC 7395), which it prefers, where that is mapped. Default true.</summary>
    public bool WebSocket { get; set; } = true;

    /// <summary>Whether the chat connects by BOSH (XEP-0206), where that is mapped. Default true.</summary>
    public bool Bosh { get; set; } = true;

    /// <summary>The folder with the files of Converse.js; null, the default, for the one that the build puts beside the program.</summary>
    public string? Folder { get; set; }

    /// <summary>Whether Converse.js is where these options look for it: not so in a build without npm, whose page says what to do.</summary>
    public bool HasFiles() => ChatFiles.IsConverseIn(Folder ?? ChatFiles.DefaultDirectory);
}
