using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Parley.Web.Chat;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves the web chat.</summary>
public static class WebChatEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Serves the web chat, Converse.js, at a path: the page, and its files below. It talks to the WebSocket and BOSH endpoints of the same application
    /// (<see cref="ChatOptions"/>), and nothing else of it leaves for another host.
    /// </summary>
    /// <param name="endpoints">The application, with <c>AddXmppServer</c> and <c>AddXmppWeb</c>.</param>
    /// <param name="path">The page's path, such as <c>/chat</c>.</param>
    public static IEndpointConventionBuilder MapWebChat(this IEndpointRouteBuilder endpoints, string path = "/chat")
    {
        if (path is not ['/', not '/', ..] || path.EndsWith('/') || path.Contains('{', StringComparison.Ordinal))
        {
            throw new ArgumentException($"'{path}' is no path of a page; it takes one such as '/chat'.", nameof(path));
        }

        var chat = ActivatorUtilities.CreateInstance<WebChat>(endpoints.ServiceProvider, path);
        var group = endpoints.MapGroup(path);
        group.MapMethods("", Methods, chat.PageAsync);
        group.MapMethods("{revision}/{**file}", Methods, chat.FileAsync);
        return group;
    }
}
