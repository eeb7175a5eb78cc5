using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Parley.Web.Files;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Serves folders of files.</summary>
public static class FolderEndpointRouteBuilderExtensions
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    // Texts whose bytes cannot say what they are written in. A page of HTML can.
    private static readonly string[] Texts = ["text/plain", "text/css", "text/javascript", "text/csv", "text/markdown"];

    /// <summary>
    /// Maps a path to a folder: its files with content types, validators and ranges, <c>index.html</c> for the folders in it. Hidden files and what lies outside are not found.
    /// </summary>
    /// <param name="endpoints">Where to.</param>
    /// <param name="path">The path, such as <c>/</c> or <c>/files</c>: segments of letters, digits and <c>-._~</c>. Other endpoints go before it.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="configure">How.</param>
    /// <exception cref="ArgumentException">The path is none.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    public static IEndpointConventionBuilder MapFolder(this IEndpointRouteBuilder endpoints, string path, string folder, Action<FolderOptions>? configure = null)
    {
        var prefix = IsPath(path) ? path.TrimEnd('/') : throw new ArgumentException($"'{path}' is no path.", nameof(path));
        var options = new FolderOptions();
        configure?.Invoke(options);
        var files = new ContainedFiles(folder);
        endpoints.ServiceProvider.GetService<IHostApplicationLifetime>()?.ApplicationStopped.Register(files.Dispose);
        return endpoints.MapMethods($"{prefix}/{{**file}}", Methods, Pipeline(endpoints, prefix, files, options));
    }

    /// <summary>Whether a path may be mapped: it begins with a slash, and its segments are plain names.</summary>
    public static bool IsPath(string path) =>
        path is ['/', ..] && FolderPath.IsPlain(path) && path.All(static c => char.IsAsciiLetterOrDigit(c) || "/-._~".Contains(c, StringComparison.Ordinal));

    private static RequestDelegate Pipeline(IEndpointRouteBuilder endpoints, string prefix, ContainedFiles files, FolderOptions options)
    {
        var application = endpoints.CreateApplicationBuilder();
        application.Use(next => context =>
        {
            // The framework leaves a request alone that already has an endpoint.
            context.SetEndpoint(null);
            context.Response.Headers.XContentTypeOptions = "nosniff";
            if (!FolderPath.IsPlain(context.Request.Path.Value.AsSpan(prefix.Length)))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(context);
        });
        application.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, RequestPath = prefix, DefaultFileNames = ["index.html"] });
        if (options.Listing)
        {
            application.UseDirectoryBrowser(new DirectoryBrowserOptions { FileProvider = files, RequestPath = prefix });
        }

        application.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            RequestPath = prefix,
            ContentTypeProvider = new FileExtensionContentTypeProvider(),
            ServeUnknownFileTypes = true,
            DefaultContentType = "application/octet-stream",
            OnPrepareResponse = response => Prepare(response.Context.Response, options),
        });
        return application.Build();
    }

    private static void Prepare(HttpResponse response, FolderOptions options)
    {
        var isPage = response.ContentType is "text/html";
        response.Headers.CacheControl = isPage || options.MaxAge <= TimeSpan.Zero ? "no-cache" : $"public, max-age={(long)options.MaxAge.TotalSeconds}";
        if (response.ContentType is { } type && Texts.Contains(type))
        {
            response.ContentType = $"{type}; charset=utf-8";
        }
    }
}
