using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Xml;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>A server for other servers that answers what it was told to, right or wrong, to everybody.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private const string Header = "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' xmlns:db='jabber:server:dialback' id='s1' version='1.0'>";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _accepting;

    internal ScriptedServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What is said in the place of a stream, before TLS; null for a stream.</summary>
    internal string? Instead { get; init; }

    /// <summary>What follows our header before TLS.</summary>
    internal string Features { get; init; } = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";

    /// <summary>The answer to STARTTLS.</summary>
    internal string Proceed { get; init; } = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

    /// <summary>What is shown; null: the connection ends where TLS would begin.</summary>
    internal X509Certificate2? Certificate { get; set; }

    /// <summary>What follows our header behind TLS.</summary>
    internal string SecureFeatures { get; init; } = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";

    /// <summary>The answer to SASL's <c>auth</c>.</summary>
    internal string Auth { get; init; } = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

    /// <summary>The type of the answer to a key, the condition of an error, or a whole element; empty: none.</summary>
    internal string Key { get; init; } = "valid";

    /// <summary>Likewise, to a question.</summary>
    internal string Question { get; init; } = "invalid";

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        var conversations = new List<Task>();
        try
        {
            while (true)
            {
                conversations.Add(ConverseAsync(await _listener.AcceptTcpClientAsync(_ended.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(conversations);
        }
    }

    private async Task ConverseAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var plain = client.GetStream();
                if (await ReadAsync(plain) is null)
                {
                    return;
                }

                await WriteAsync(plain, Instead ?? Header + Features);
                if (Instead is not null || await ReadAsync(plain) is null)
                {
                    return;
                }

                await WriteAsync(plain, Proceed);
                if (Certificate is not null)
                {
                    await using var tls = new SslStream(plain);
                    await tls.AuthenticateAsServerAsync(
                        new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(Certificate, null, offline: true) },
                        _ended.Token);
                    await AnswerAsync(tls);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException)
            {
            }
        }
    }

    private async Task AnswerAsync(Stream stream)
    {
        while (await ReadAsync(stream) is { } asked)
        {
            await WriteAsync(stream, asked switch
            {
                _ when asked.Contains("<stream:stream", StringComparison.Ordinal) => Header + SecureFeatures,
                _ when asked.StartsWith("<auth", StringComparison.Ordinal) => Auth,
                _ when asked.StartsWith("<db:result", StringComparison.Ordinal) => Dialback("result", Key),
                _ => Dialback("verify", Question),
            });
        }
    }

    private static string Dialback(string element, string answer) => answer switch
    {
        "valid" or "invalid" => $"<db:{element} type='{answer}'/>",
        "" => "",
        _ when XmlConvert.IsStartNCNameChar(answer[0]) =>
            $"<db:{element} type='error'><error type='cancel'><{answer} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></db:{element}>",
        _ => answer,
    };

    // What is asked comes at once, and ends with a tag.
    private async Task<string?> ReadAsync(Stream stream)
    {
        var buffer = new byte[4096];
        var text = "";
        while (!text.EndsWith('>') || text.EndsWith("?>", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, _ended.Token);
            if (count == 0)
            {
                return null;
            }

            text += Encoding.UTF8.GetString(buffer, 0, count);
        }

        return text;
    }

    private async Task WriteAsync(Stream stream, string text) => await stream.WriteAsync(Encoding.UTF8.GetBytes(text), _ended.Token);
}
