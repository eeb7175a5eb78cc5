using System.Text.Encodings.Web;
using System.Text.Json;

namespace Parley.Web.Chat;

/// <summary>The HTML of the web chat. It holds no script: a policy that allows none in the page keeps one that somebody smuggles in from running.</summary>
internal static class ChatPage
{
    /// <summary>The page that becomes the chat.</summary>
    internal static string Chat(ChatSettings settings) => Page(
        settings,
        $"""
        <link rel="stylesheet" href="{settings.Files}converse/converse.min.css">
        <link rel="stylesheet" href="{settings.Files}chat.css">
        <script type="module" src="{settings.Files}converse/converse.min.js"></script>
        <script type="module" src="{settings.Files}chat.js"></script>
        """,
        $"""
        <body class="converse-fullscreen" data-settings="{Encode(JsonSerializer.Serialize(settings, ChatJson.Default.ChatSettings))}">
        <noscript class="notice"><p>{Encode(settings.Title)} needs JavaScript: allow it for this page, or use any XMPP client with an account at {Encode(settings.Domain)}.</p></noscript>
        """);

    /// <summary>The page of a build without Converse.js.</summary>
    internal static string NotBuilt(ChatSettings settings) => Notice(
        settings,
        """
        <p>This build of Parley has no web chat: npm was missing when it was built, or could not reach a registry.</p>
        <p>Install <a href="https://nodejs.org/">Node.js</a> with npm, stop the server and run <code>./parley serve</code>, which builds it again. An application of your own: build it again.</p>
        """);

    /// <summary>The page of a visitor whose passwords and messages others could read: the server would let nobody in.</summary>
    internal static string NotSecure(ChatSettings settings) => Notice(
        settings,
        """
        <p>This page came without encryption, so nobody can sign in here.</p>
        <p>Open it with <strong>https://</strong> at the beginning of its address. The port is another then: 5443 in place of 5280, where nothing else was chosen.</p>
        """);

    /// <summary>The page of an application that maps neither WebSocket nor BOSH.</summary>
    internal static string NotConnected(ChatSettings settings) => Notice(
        settings,
        """
        <p>This server has neither WebSocket nor BOSH for the chat to connect by.</p>
        <p>Map one of them in the application: <code>MapXmppWebSocket()</code>, <code>MapBosh()</code>.</p>
        """);

    private static string Notice(ChatSettings settings, string text) => Page(
        settings,
        $"""<link rel="stylesheet" href="{settings.Files}chat.css">""",
        $"""
        <body>
        <main class="notice">
        <h1>{Encode(settings.Title)}</h1>
        {text}
        </main>
        """);

    private static string Page(ChatSettings settings, string head, string body) =>
        $"""
        <!DOCTYPE html>
        <html lang="{Encode(settings.Language ?? "en")}">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Encode(settings.Title)}</title>
        <link rel="icon" type="image/svg+xml" href="{settings.Files}icon.svg">
        {head}
        </head>
        {body}
        </body>
        </html>

        """;

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
