using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>Another server, capulet.example, played by a test: TLS from the first byte, and SASL EXTERNAL without dialback.</summary>
internal sealed class CertificatePeer : IDisposable
{
    internal const string External = $"<stream:features><mechanisms xmlns='{Namespaces.Sasl}'><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>";
    internal const string Nothing = "<stream:features/>";
    internal const string Managed = $"<stream:features><sm xmlns='{ManagedServerPeer.Management}'/></stream:features>";
    private readonly TestCertificate _certificate = new(Capulet);
    private readonly ChannelReader<TestClient> _accepted;

    internal CertificatePeer(TestNetwork network)
    {
        network.Record($"_xmpps-server._tcp.{Capulet} SRV 0 0 5270 host.{Capulet}");
        _accepted = network.Play($"host.{Capulet}", "192.0.2.9", _certificate);
    }

    /// <summary>The certificates that were shown, one for each connection.</summary>
    internal List<X509Certificate?> Shown { get; } = [];

    public void Dispose() => _certificate.Dispose();

    /// <summary>Takes the next connection, up to its first features; it has to be one of these domains that opens the stream.</summary>
    internal Task<(TestClient Stream, string Local)> AcceptAsync(string features, params string[] locals) => AcceptAsync(features, locals, isOld: false);

    /// <inheritdoc cref="AcceptAsync(string, string[])"/>
    /// <param name="features">The features.</param>
    /// <param name="locals">The domains.</param>
    /// <param name="isOld">Whether the header declares dialback's namespace.</param>
    internal async Task<(TestClient Stream, string Local)> AcceptAsync(string features, string[] locals, bool isOld)
    {
        var stream = await _accepted.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        Shown.Add(await stream.AcceptSecureAsync(_certificate.Certificate));
        var header = await stream.ReceiveHeaderAsync();
        Assert.Contains(header.From, locals);
        Assert.Equal(Capulet, header.To);
        var declaration = $" xmlns:db='{Dialback}'";
        var opening = Header(Capulet, header.From!, "D60000229F");
        await stream.SendAsync((isOld || features.Contains("dialback", StringComparison.Ordinal) ? opening : opening.Replace(declaration, "", StringComparison.Ordinal)) + features);
        return (stream, header.From!);
    }

    /// <summary>Takes the next connection, and the certificate on it: stanzas of this domain may come.</summary>
    /// <param name="local">Who opens the stream.</param>
    /// <param name="features">What is offered behind EXTERNAL.</param>
    internal async Task<TestClient> TakeAsync(string local, string features = Nothing)
    {
        var (stream, _) = await AcceptAsync(External, local);
        await ProveAsync(stream, local, features);
        return stream;
    }

    /// <summary>Expects EXTERNAL for a domain, and takes it.</summary>
    internal static async Task ProveAsync(TestClient stream, string local, string features = Nothing)
    {
        await ExpectExternalAsync(stream, local);
        await stream.SendAsync($"<success xmlns='{Namespaces.Sasl}'/>");
        stream.ExpectHeader();
        Assert.Equal(local, (await stream.ReceiveHeaderAsync()).From);
        await stream.SendAsync(Header(Capulet, local, "D60000229F") + features);
    }

    /// <summary>Expects EXTERNAL for a domain, and refuses it.</summary>
    internal static async Task RefuseAsync(TestClient stream, string local)
    {
        await ExpectExternalAsync(stream, local);
        await stream.SendAsync($"<failure xmlns='{Namespaces.Sasl}'><not-authorized/></failure>");
    }

    private static async Task ExpectExternalAsync(TestClient stream, string local)
    {
        var auth = await stream.ReceiveAsync();
        Assert.True(auth.Is("auth", Namespaces.Sasl), stream.Describe("<auth/> was due"));
        Assert.Equal(("EXTERNAL", local), (auth.Attribute("mechanism"), Encoding.UTF8.GetString(Convert.FromBase64String(auth.Text))));
    }
}
