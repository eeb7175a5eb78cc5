using System.Text.Json.Serialization;

namespace Parley.Web.Chat;

/// <summary>What the server tells its page, as JSON in an attribute. Addresses are relative to the page: they hold behind any proxy.</summary>
/// <param name="Title">The name that visitors see.</param>
/// <param name="Domain">The domain of a name that is entered without one.</param>
/// <param name="Domains">All hosted domains; where it is one, visitors need not know of it.</param>
/// <param name="WebSocket">Where WebSocket is; null when it is not to be used.</param>
/// <param name="Bosh">Where BOSH is; null likewise.</param>
/// <param name="Registration">Whether this visitor may register an account.</param>
/// <param name="Rooms">The domain of the rooms of <paramref name="Domain"/>; null where there are none.</param>
/// <param name="Language">The language to speak; null for the browser's.</param>
/// <param name="Files">Where the chat's files are, with a slash at the end.</param>
internal sealed record ChatSettings(
    string Title,
    string Domain,
    IReadOnlyList<string> Domains,
    string? WebSocket,
    string? Bosh,
    bool Registration,
    string? Rooms,
    string? Language,
    string Files);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ChatSettings))]
internal sealed partial class ChatJson : JsonSerializerContext;
