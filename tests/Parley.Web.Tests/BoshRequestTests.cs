using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.TestKit;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>BOSH over a real web server: requests that are not read to their end are the client's fault, and nobody fills the log with them.</summary>
public class BoshRequestTests
{
    private const string Begin = "<body rid='1' to='localhost' xmlns='http://jabber.org/protocol/httpbind' a='";
    private const string Unknown = "<body rid='1' sid='0123456789abcdef0123456789abcdef' xmlns='http://jabber.org/protocol/httpbind' a='";

    [Theory]
    [InlineData(Begin, 20_000, "", "condition='policy-violation'")]
    [InlineData(Begin, 20_000, "gzip", "condition='policy-violation'")]
    [InlineData(Unknown, 20_000, "", "condition='item-not-found'")]
    [InlineData(Unknown, 700_000, "", "condition='item-not-found'")]
    [InlineData(Begin, 50_000_000, "gzip", "condition='policy-violation'")]
    [InlineData(Begin, 100, "br", "condition='bad-request'")]
    [InlineData("<body", 20_000, "", "condition='bad-request'")]
    [InlineData("", 2_000_000, "", "HTTP/1.1 413 ")]
    public async Task A_body_that_is_too_much_is_refused(string begin, int more, string encoding, string expected)
    {
        var body = Encoding.ASCII.GetBytes($"{begin}'/>{new string(' ', more)}");

        var answer = await AnswerAsync(encoding == "gzip" ? Compressed(body) : body, encoding.Length > 0 ? $"Content-Encoding: {encoding}\r\n" : "");

        Assert.Contains(expected, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_breaks_the_rules_of_HTTP_is_refused()
    {
        var answer = await AnswerAsync([], "", "Transfer-Encoding: chunked\r\n\r\n5\r\n<body\r\nnonsense\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("Content-Encoding: gzip\r\n", false)]
    [InlineData("Content-Encoding: gzip\r\n", true)]
    public async Task A_body_that_is_cut_off_is_no_fault(string headers, bool isReset)
    {
        for (var i = 0; i < 20; i++)
        {
            await AnswerAsync("<bo"u8.ToArray(), headers, "Content-Length: 100\r\n\r\n", isReset ? WebServer.End.Reset : WebServer.End.OfSending);
        }
    }

    private static async Task<string> AnswerAsync(byte[] body, string headers, string? rest = null, WebServer.End end = WebServer.End.None)
    {
        using var log = new FaultLog();
        rest ??= $"Content-Length: {body.Length}\r\n\r\n";

        string answer;
        await using (var server = await WebServer.StartAsync(
            static application => application.MapBosh(),
            services => services.AddLogging(logging => logging.AddProvider(log)).Configure<KestrelServerOptions>(static kestrel => kestrel.Limits.MaxRequestBodySize = 1024 * 1024)))
        {
            answer = await server.SendAsync([.. Encoding.ASCII.GetBytes($"POST /http-bind HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}{rest}"), .. body], end);
        }

        Assert.Equal("", string.Join("\n", log.Faults));
        return answer;
    }

    private static byte[] Compressed(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return compressed.ToArray();
    }
}
