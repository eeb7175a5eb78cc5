using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Parley.Web.Files;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>Folders of files: what is in them, and never anything else.</summary>
public sealed class FolderTests : IDisposable
{
    private const string Secret = "the secret";
    private readonly string _outside = Directory.CreateTempSubdirectory("parley-web-").FullName;
    private readonly string _folder;

    public FolderTests()
    {
        _folder = Path.Combine(_outside, "www");
        Directory.CreateDirectory(Path.Combine(_folder, "sub", ".git"));
        Directory.CreateDirectory(Path.Combine(_folder, "plain"));
        Directory.CreateDirectory(Path.Combine(_outside, "www2"));
        Write("secret.txt", Secret);
        Write("www2/secret.txt", Secret);
        Write("www/a.txt", "0123456789");
        Write("www/ä b.txt", "umlaut");
        Write("www/page.html", "<p>page");
        Write("www/data.bin42", "data");
        Write("www/.secret.txt", Secret);
        Write("www/sub/index.html", "<p>index");
        Write("www/sub/.git/config", Secret);
        Write("www/plain/<b>.txt", "list");
        Write("www/plain/.hidden", Secret);
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    [Theory]
    [InlineData("/", "/a.txt", "text/plain; charset=utf-8", "0123456789")]
    [InlineData("/", "/%C3%A4%20b.txt", "text/plain; charset=utf-8", "umlaut")]
    [InlineData("/", "/page.html", "text/html", "<p>page")]
    [InlineData("/", "/data.bin42", "application/octet-stream", "data")]
    [InlineData("/", "/sub/", "text/html", "<p>index")]
    [InlineData("/files", "/files/a.txt", "text/plain; charset=utf-8", "0123456789")]
    [InlineData("/files/", "/files/sub/", "text/html", "<p>index")]
    [InlineData("/deep/er", "/deep/er/sub/index.html", "text/html", "<p>index")]
    public async Task A_file_is_served_as_what_it_is(string path, string request, string type, string content)
    {
        await using var server = await StartAsync(path);

        using var response = await server.Client.GetAsync(new Uri(request, UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(
            (HttpStatusCode.OK, type, content, "nosniff"),
            (response.StatusCode, response.Content.Headers.ContentType!.ToString(), await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
                response.Headers.GetValues("X-Content-Type-Options").Single()));
    }

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/sub/../../secret.txt")]
    [InlineData("/%2e%2e/secret.txt")]
    [InlineData("/%2E%2E%2Fsecret.txt")]
    [InlineData("/..%2fsecret.txt")]
    [InlineData("/sub/..%2f..%2fsecret.txt")]
    [InlineData("/%252e%252e/secret.txt")]
    [InlineData("/..%252fsecret.txt")]
    [InlineData("/%25252e%25252e%25252fsecret.txt")]
    [InlineData("/..\\secret.txt")]
    [InlineData("/..%5csecret.txt")]
    [InlineData("/sub\\..\\..\\secret.txt")]
    [InlineData("/..%255csecret.txt")]
    [InlineData("/..;/secret.txt")]
    [InlineData("/sub/..;/..;/secret.txt")]
    [InlineData("/.;/../secret.txt")]
    [InlineData("/..%00/secret.txt")]
    [InlineData("/a.txt%00.html")]
    [InlineData("/secret.txt%00")]
    [InlineData("/%c0%ae%c0%ae/secret.txt")]
    [InlineData("/%u002e%u002e/secret.txt")]
    [InlineData("/..%c0%afsecret.txt")]
    [InlineData("//secret.txt")]
    [InlineData("//..//secret.txt")]
    [InlineData("/./../secret.txt")]
    [InlineData("/.../secret.txt")]
    [InlineData("/....//secret.txt")]
    [InlineData("/../www2/secret.txt")]
    [InlineData("/..%2fwww2/secret.txt")]
    [InlineData("/file:///etc/passwd")]
    [InlineData("/C:/secret.txt")]
    [InlineData("{outside}/secret.txt")]
    [InlineData("/{outside}/secret.txt")]
    [InlineData("/%2f{outside}/secret.txt")]
    [InlineData("http://localhost/../secret.txt")]
    [InlineData("http://localhost/%2e%2e/secret.txt")]
    [InlineData("/.secret.txt")]
    [InlineData("/%2esecret.txt")]
    [InlineData("/sub/.git/config")]
    [InlineData("/sub/%2egit/config")]
    [InlineData("/sub/.git/")]
    [InlineData("/plain/.hidden")]
    [InlineData("/a.txt/")]
    [InlineData("/plain/")]
    [InlineData("/nothing")]
    public async Task Nothing_outside_and_nothing_hidden(string target)
    {
        foreach (var prefix in (string[])["/", "/files"])
        {
            await using var server = await StartAsync(prefix);
            var path = prefix == "/" || !target.StartsWith('/') ? target : prefix + target;

            var answer = await server.SendAsync($"GET {path.Replace("{outside}", _outside, StringComparison.Ordinal)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

            Assert.Matches("^HTTP/1.1 40[04] ", answer);
            Assert.DoesNotContain(Secret, answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Links_are_followed_within_the_folder_and_never_out_of_it()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Link("inside.txt", "a.txt");
        Link("sub/up.txt", "../a.txt");
        Link("twice.txt", "sub/up.txt");
        Link("absolute.txt", Path.Combine(_folder, "a.txt"));
        Link("subs", "sub");
        Link("out.txt", "../secret.txt");
        Link("outabsolute.txt", Path.Combine(_outside, "secret.txt"));
        Link("outtwice.txt", "out.txt");
        Link("outfolder", "..");
        Link("beside", "../www2");
        Link("roundabout.txt", "subs/../../secret.txt");
        Link("hidden.txt", ".secret.txt");
        Link("loop", "loop");
        Link("nowhere", "nothing");
        await using var server = await StartAsync("/", static options => options.Listing = true);

        foreach (var path in (string[])["/inside.txt", "/sub/up.txt", "/twice.txt", "/absolute.txt", "/subs/up.txt"])
        {
            Assert.Equal((HttpStatusCode.OK, "0123456789"), await server.GetAsync(path));
        }

        foreach (var path in (string[])
            ["/out.txt", "/outabsolute.txt", "/outtwice.txt", "/outfolder/secret.txt", "/outfolder/", "/beside/secret.txt", "/beside/", "/roundabout.txt", "/hidden.txt", "/loop", "/nowhere"])
        {
            Assert.Equal((path, HttpStatusCode.NotFound), (path, (await server.GetAsync(path)).Status));
        }

        var (_, list) = await server.GetAsync("/");
        Assert.Contains("inside.txt", list, StringComparison.Ordinal);
        Assert.DoesNotContain("out", list, StringComparison.Ordinal);
        Assert.DoesNotContain("beside", list, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_folder_itself_may_be_a_link()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var link = Path.Combine(_outside, "current");
        Directory.CreateSymbolicLink(link, _folder);
        await using var server = await WebServer.StartAsync(web => web.MapFolder("/", link));

        Assert.Equal((HttpStatusCode.OK, "0123456789"), await server.GetAsync("/a.txt"));
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/.secret.txt")).Status);
    }

    [Fact]
    public async Task A_browser_may_keep_a_file_and_asks_about_a_page()
    {
        await using var server = await StartAsync("/");
        using var file = await server.Client.GetAsync(new Uri("/a.txt", UriKind.Relative), TestContext.Current.CancellationToken);
        using var page = await server.Client.GetAsync(new Uri("/sub/", UriKind.Relative), TestContext.Current.CancellationToken);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/a.txt");
        again.Headers.IfNoneMatch.Add(file.Headers.ETag!);
        using var since = new HttpRequestMessage(HttpMethod.Get, "/a.txt");
        since.Headers.IfModifiedSince = file.Content.Headers.LastModified;

        Assert.Equal(("public, max-age=3600", "no-cache"), (file.Headers.CacheControl!.ToString(), page.Headers.CacheControl!.ToString()));
        Assert.Equal(HttpStatusCode.NotModified, (await SendAsync(server, again)).StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, (await SendAsync(server, since)).StatusCode);
    }

    [Fact]
    public async Task Ranges_and_heads_are_answered_and_nothing_else_than_reading()
    {
        await using var server = await StartAsync("/");
        using var range = new HttpRequestMessage(HttpMethod.Get, "/a.txt");
        range.Headers.Range = new RangeHeaderValue(2, 4);
        using var beyond = new HttpRequestMessage(HttpMethod.Get, "/a.txt");
        beyond.Headers.Range = new RangeHeaderValue(20, 30);
        using var head = new HttpRequestMessage(HttpMethod.Head, "/a.txt");
        using var post = new HttpRequestMessage(HttpMethod.Post, "/a.txt");

        var part = await SendAsync(server, range);
        Assert.Equal((HttpStatusCode.PartialContent, "234"), (part.StatusCode, await part.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await SendAsync(server, beyond)).StatusCode);
        Assert.Equal((HttpStatusCode.OK, 10L), ((await SendAsync(server, head)) is var answer ? answer.StatusCode : default, answer.Content.Headers.ContentLength));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await SendAsync(server, post)).StatusCode);
    }

    [Fact]
    public async Task A_folder_is_listed_only_where_that_is_asked_for()
    {
        await using var closed = await StartAsync("/");
        await using var open = await StartAsync("/files", static options => options.Listing = true);

        Assert.Equal(HttpStatusCode.NotFound, (await closed.GetAsync("/plain/")).Status);
        var (status, list) = await open.GetAsync("/files/plain/");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("&lt;b&gt;.txt", list, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", list, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", list, StringComparison.Ordinal);
        Assert.Equal("<p>index", (await open.GetAsync("/files/sub/")).Body);
    }

    [Fact]
    public async Task A_folder_without_its_slash_is_redirected_to_itself()
    {
        await using var server = await StartAsync("/files");

        using var response = await server.Client.GetAsync(new Uri("/files/sub?x=1", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.MovedPermanently, "/files/sub/?x=1"), (response.StatusCode, new Uri(server.Address, response.Headers.Location!).PathAndQuery));
    }

    [Fact]
    public async Task Other_endpoints_go_before_a_folder()
    {
        Write("www/health", "a file");
        await using var server = await WebServer.StartAsync(web =>
        {
            web.MapFolder("/", _folder);
            web.MapXmppHealth();
        });

        Assert.StartsWith("{\"status\"", (await server.GetAsync("/health")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("files")]
    [InlineData("/{file}")]
    [InlineData("/a/../b")]
    [InlineData("//")]
    [InlineData("/a b")]
    [InlineData("/.well-known")]
    public async Task A_path_that_is_none_is_refused(string path) =>
        await Assert.ThrowsAsync<ArgumentException>(() => WebServer.StartAsync(web => web.MapFolder(path, _folder)));

    [Fact]
    public async Task A_folder_that_is_not_there_is_refused() =>
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => WebServer.StartAsync(web => web.MapFolder("/", Path.Combine(_outside, "nothing"))));

    private Task<WebServer> StartAsync(string path, Action<FolderOptions>? configure = null) => WebServer.StartAsync(web => web.MapFolder(path, _folder, configure));

    private void Write(string path, string text) => File.WriteAllText(Path.Combine(_outside, path), text);

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Combine(_folder, path), target);

    private static Task<HttpResponseMessage> SendAsync(WebServer server, HttpRequestMessage request) => server.Client.SendAsync(request, TestContext.Current.CancellationToken);
}
