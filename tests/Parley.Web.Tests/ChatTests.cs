using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;
using Parley.Server.Modules.Muc;
using Parley.Web.Chat;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>The web chat's page and files. What people do with it is tested in a browser.</summary>
public sealed partial class ChatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parley-chat-").FullName;

    public ChatTests()
    {
        File.WriteAllText(Path.Combine(_folder, "converse.min.js"), new string('x', 5000));
        File.WriteAllText(Path.Combine(_folder, "converse.min.css"), "a{}");
        File.WriteAllText(Path.Combine(_folder, "LICENSE"), "Mozilla Public License");
        Directory.CreateDirectory(Path.Combine(_folder, "sounds"));
        File.WriteAllBytes(Path.Combine(_folder, "sounds", "a.mp3"), [1, 2, 3]);
    }

    [Fact]
    public async Task The_page_says_where_to_connect_relative_to_itself()
    {
        await using var server = await StartAsync();

        var settings = Settings((await server.GetAsync("/chat")).Body);

        Assert.Equal("xmpp-websocket", settings.GetProperty("webSocket").GetString());
        Assert.Equal("http-bind", settings.GetProperty("bosh").GetString());
        Assert.Equal("localhost", settings.GetProperty("domain").GetString());
        Assert.Matches("^chat/[0-9a-f]{16}/$", settings.GetProperty("files").GetString());
    }

    [Fact]
    public async Task A_page_in_a_folder_climbs_out_of_it()
    {
        await using var server = await StartAsync(path: "/tools/talk");

        var settings = Settings((await server.GetAsync("/tools/talk")).Body);

        Assert.Equal("../xmpp-websocket", settings.GetProperty("webSocket").GetString());
        Assert.StartsWith("talk/", settings.GetProperty("files").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_transport_can_be_left_out(bool webSocket, bool bosh)
    {
        await using var server = await StartAsync(options => (options.WebSocket, options.Bosh) = (webSocket, bosh));

        var settings = Settings((await server.GetAsync("/chat")).Body);

        Assert.Equal((webSocket, bosh), (settings.GetProperty("webSocket").GetString() is not null, settings.GetProperty("bosh").GetString() is not null));
    }

    [Fact]
    public async Task Without_a_transport_the_page_says_so()
    {
        await using var server = await WebServer.StartAsync(static web => web.MapWebChat(), services => services.Configure<ChatOptions>(options => options.Folder = _folder));

        var (status, body) = await server.GetAsync("/chat");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("MapXmppWebSocket()", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_build_without_the_files_says_what_to_do()
    {
        File.Delete(Path.Combine(_folder, "converse.min.js"));
        await using var server = await StartAsync();

        var (status, body) = await server.GetAsync("/chat");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("npm", body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_policy_allows_no_script_in_the_page_and_no_other_host()
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync(new Uri("/chat", UriKind.Relative), TestContext.Current.CancellationToken);

        var policy = response.Headers.GetValues("Content-Security-Policy").Single().Split("; ").ToDictionary(static rule => rule.Split(' ')[0]);

        Assert.Equal("default-src 'none'", policy["default-src"]);
        Assert.Equal("script-src 'self'", policy["script-src"]);
        Assert.Equal($"connect-src 'self' ws://{server.Address.Authority} wss://{server.Address.Authority}", policy["connect-src"]);
        Assert.Equal("frame-ancestors 'none'", policy["frame-ancestors"]);
        Assert.DoesNotContain("unsafe", policy["style-src"], StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData("evil.example;script-src")]
    [InlineData("a'b")]
    [InlineData("a,b")]
    public async Task A_host_that_is_none_says_nothing_in_the_policy(string host)
    {
        await using var server = await StartAsync();

        var answer = await server.SendAsync($"GET /chat HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");

        Assert.DoesNotContain(host, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_title_is_written_as_text()
    {
        await using var server = await StartAsync(static options => options.Title = "</title><script>'\"");

        var (_, body) = await server.GetAsync("/chat");

        Assert.DoesNotContain("<script>", body, StringComparison.Ordinal);
        Assert.Equal("</title><script>'\"", Settings(body).GetProperty("title").GetString());
    }

    [Theory]
    [InlineData(RegistrationPolicy.Open, false, true)]
    [InlineData(RegistrationPolicy.Open, true, true)]
    [InlineData(RegistrationPolicy.Loopback, false, true)]
    [InlineData(RegistrationPolicy.Loopback, true, false)]
    [InlineData(RegistrationPolicy.Closed, false, false)]
    public async Task Registration_is_offered_to_whom_it_is_allowed(RegistrationPolicy policy, bool isElsewhere, bool isOffered)
    {
        await using var server = await StartAsync(services: services =>
        {
            services.Configure<XmppServerOptions>(options => options.Registration = policy);
            services.Configure<WebOptions>(static options => options.TrustedProxies.Add("127.0.0.1"));
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/chat", UriKind.Relative));
        if (isElsewhere)
        {
            request.Headers.Add("X-Forwarded-For", "192.0.2.1");
            request.Headers.Add("X-Forwarded-Proto", "https");
        }

        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(isOffered, Settings(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).GetProperty("registration").GetBoolean());
    }

    [Theory]
    [InlineData(false, HttpStatusCode.Forbidden)]
    [InlineData(true, HttpStatusCode.OK)]
    public async Task Where_the_server_would_let_nobody_in_the_page_says_so(bool allowInsecure, HttpStatusCode status)
    {
        await using var server = await StartAsync(services: services => services.Configure<XmppServerOptions>(options => options.AllowInsecure = allowInsecure));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/chat", UriKind.Relative));
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");

        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task The_domain_is_the_one_that_the_page_was_asked_for()
    {
        await using var server = await StartAsync(services: static services => services.Configure<XmppServerOptions>(static options => options.Domains.Add("other.example")));

        Assert.Equal("localhost", Settings((await server.GetAsync("/chat")).Body).GetProperty("domain").GetString());
        Assert.Equal("other.example", Settings((await server.GetAsync("http://other.example/chat")).Body).GetProperty("domain").GetString());
    }

    [Fact]
    public async Task The_address_with_a_slash_leads_to_that_without()
    {
        await using var server = await StartAsync();
        using var response = await server.Client.GetAsync(new Uri("/chat/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal("../chat", response.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_page_that_the_browser_has_is_not_sent_again()
    {
        await using var server = await StartAsync();
        using var first = await server.Client.GetAsync(new Uri("/chat", UriKind.Relative), TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/chat", UriKind.Relative));
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("converse/converse.min.js", "text/javascript; charset=utf-8")]
    [InlineData("converse/converse.min.css", "text/css; charset=utf-8")]
    [InlineData("converse/LICENSE", "text/plain; charset=utf-8")]
    [InlineData("converse/sounds/a.mp3", "audio/mpeg")]
    [InlineData("chat.js", "text/javascript; charset=utf-8")]
    [InlineData("icon.svg", "image/svg+xml")]
    public async Task Files_are_kept_for_ever_under_the_address_of_this_revision_and_no_other(string file, string type)
    {
        await using var server = await StartAsync();
        var files = Settings((await server.GetAsync("/chat")).Body).GetProperty("files").GetString();

        using var current = await server.Client.GetAsync(new Uri($"/{files}{file}", UriKind.Relative), TestContext.Current.CancellationToken);
        using var old = await server.Client.GetAsync(new Uri($"/chat/0000/{file}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(type, current.Content.Headers.ContentType!.ToString());
        Assert.Equal("public, max-age=31536000, immutable", current.Headers.CacheControl!.ToString());
        Assert.Equal("no-cache", old.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", current.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(
            await current.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), await old.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("gzip, br", true)]
    [InlineData("gzip;q=0", false)]
    [InlineData("br", false)]
    public async Task Files_are_compressed_for_those_who_can_read_it(string accepted, bool isCompressed)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/chat/x/converse/converse.min.js", UriKind.Relative));
        request.Headers.Add("Accept-Encoding", accepted);

        using var response = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(isCompressed, response.Content.Headers.ContentEncoding.Contains("gzip"));
        Assert.Equal(isCompressed, response.Content.Headers.ContentLength < 5000);
        Assert.Contains("Accept-Encoding", response.Headers.Vary);
    }

    [Theory]
    [InlineData("/chat/x/converse/../../../etc/passwd")]
    [InlineData("/chat/x/converse/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/chat/x/converse/..%2f..%2fetc%2fpasswd")]
    [InlineData("/chat/x/converse/..\\..\\etc\\passwd")]
    [InlineData("/chat/x/%2fetc/passwd")]
    [InlineData("/chat/x/converse/sounds")]
    [InlineData("/chat/x/converse/none.js")]
    [InlineData("/chat/x/")]
    [InlineData("/chat/x")]
    public async Task Nothing_but_the_files_is_served(string path)
    {
        await using var server = await StartAsync();

        var answer = await server.SendAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|404) ", answer);
    }

    [Fact]
    public async Task Only_the_head_is_sent_to_who_asks_for_it()
    {
        await using var server = await StartAsync();

        foreach (var path in (string[])["/chat", "/chat/x/converse/converse.min.js"])
        {
            var answer = await server.SendAsync($"HEAD {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

            Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_chat_can_be_turned_off()
    {
        await using var server = await StartAsync(static options => options.Enabled = false);

        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/chat")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync("/chat/x/chat.js")).Status);
    }

    [Theory]
    [InlineData("Title", "")]
    [InlineData("Title", "a\nb")]
    [InlineData("Language", "english please")]
    [InlineData("Folder", "/nowhere/at/all")]
    public async Task Options_that_do_not_do_are_named(string key, string value)
    {
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(options => typeof(ChatOptions).GetProperty(key)!.SetValue(options, value)));

        Assert.StartsWith($"{key}: ", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conference.localhost")]
    [InlineData("rooms.localhost", "Services:0=rooms.localhost", "Services:1=more.localhost")]
    [InlineData(null, "Enabled=false")]
    public async Task The_page_knows_where_rooms_are(string? rooms, params string[] options)
    {
        await using var server = await StartAsync(services: services => services.Configure<MucOptions>(new ConfigurationBuilder()
            .AddInMemoryCollection(options.Select(static option => option.Split('=')).Select(static option => KeyValuePair.Create(option[0], (string?)option[1]))).Build()));

        Assert.Equal(rooms, Settings((await server.GetAsync("/chat")).Body).GetProperty("rooms").GetString());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex("data-settings=\"(?<json>[^\"]*)\"", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Attribute();

    private static JsonElement Settings(string page) => JsonDocument.Parse(WebUtility.HtmlDecode(Attribute().Match(page).Groups["json"].Value)).RootElement;

    private Task<WebServer> StartAsync(Action<ChatOptions>? options = null, Action<IServiceCollection>? services = null, string path = "/chat") => WebServer.StartAsync(
        web =>
        {
            web.MapGet("/xmpp-websocket", static () => "").WithMetadata(AlternativeConnection.WebSocket);
            web.MapGet("/http-bind", static () => "").WithMetadata(AlternativeConnection.Bosh);
            web.MapWebChat(path);
        },
        all =>
        {
            all.Configure<ChatOptions>(chat =>
            {
                chat.Folder = _folder;
                options?.Invoke(chat);
            });
            services?.Invoke(all);
        });
}
