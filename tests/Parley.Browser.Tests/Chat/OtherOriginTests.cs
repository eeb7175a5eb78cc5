using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Parley.Interop.Tests;
using Xunit;

namespace Parley.Browser.Tests.Chat;

/// <summary>A page of another site that asks the server by BOSH and by WebSocket: the browser lets it have the answer where its origin is allowed.</summary>
public sealed class OtherOriginTests(Chromium chromium) : IDisposable
{
    private const string Bosh =
        """
        async url => {
          const body = "<body xmlns='http://jabber.org/protocol/httpbind' rid='4711' to='localhost' wait='10' hold='1' ver='1.6' content='text/xml; charset=utf-8' "
            + "xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>";
          try {
            const answer = await fetch(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml; charset=utf-8' } });
            return /<body [^>]*sid=/.test(await answer.text()) ? 'session' : `status ${answer.status}`;
          } catch (error) {
            return 'refused';
          }
        }
        """;

    private const string WebSocket =
        """
        url => new Promise(resolve => {
          const socket = new WebSocket(url, 'xmpp');
          socket.onopen = () => socket.send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>");
          socket.onmessage = message => { resolve(/^<open [^>]*id=/.test(message.data) ? 'session' : message.data); socket.close(); };
          socket.onerror = () => resolve('refused');
        })
        """;

    private readonly TestTime _time = new(60);

    [Theory]
    [InlineData(true, "session")]
    [InlineData(false, "refused")]
    public async Task It_works_when_its_origin_is_allowed_and_is_refused_when_not(bool isAllowed, string outcome)
    {
        await using var site = await StartSiteAsync();
        var origin = site.Urls.Single();
        await using var server = await ChatServer.StartAsync(_time.Token, isAllowed ? [("WEB__ALLOWED_ORIGINS", origin)] : []);
        await using var visitor = await chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        await page.GotoAsync(origin);

        Assert.Equal(outcome, await page.EvaluateAsync<string>(Bosh, new Uri(server.Root, "http-bind").AbsoluteUri));
        Assert.Equal(outcome, await page.EvaluateAsync<string>(WebSocket, $"ws://{server.Root.Authority}/xmpp-websocket"));
    }

    [Fact]
    public async Task The_chat_cannot_be_put_into_another_sites_frame()
    {
        await using var site = await StartSiteAsync();
        await using var server = await ChatServer.StartAsync(_time.Token);
        await using var visitor = await chromium.VisitorAsync();
        var page = await visitor.NewPageAsync();
        var refused = page.WaitForConsoleMessageAsync(new() { Predicate = static message => message.Text.Contains("frame-ancestors", StringComparison.Ordinal) });
        await page.GotoAsync(site.Urls.Single());

        await page.EvaluateAsync("url => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))", server.Chat.AbsoluteUri);

        await refused;
        Assert.DoesNotContain(page.Frames, static frame => frame.Url.EndsWith("/chat", StringComparison.Ordinal));
    }

    public void Dispose() => _time.Dispose();

    private async Task<WebApplication> StartSiteAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var site = builder.Build();
        site.Urls.Add("http://127.0.0.1:0");
        site.MapGet("/", static () => Results.Content("<!DOCTYPE html><title>Another site</title>", "text/html"));
        await site.StartAsync(_time.Token);
        return site;
    }
}
