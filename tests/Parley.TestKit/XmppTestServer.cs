using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Server.Connections;
using Parley.Server.Connections.Tcp;
using Parley.Server.Connections.WebSockets;
using Parley.Server.Hosting;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit;

/// <summary>The real server without sockets: its services, connections in memory, storage in memory, and time that a test moves.</summary>
/// <remarks>
/// It hosts <c>example.org</c>, has a self-signed certificate, allows clients without TLS, and does not slow them down, unless
/// the options say otherwise. A fault that the server logs fails the test when the server is disposed.
/// </remarks>
public sealed class XmppTestServer : IAsyncDisposable
{
    /// <summary>The password of accounts that are not given another.</summary>
    public const string Password = "secret";

    private const int Iterations = 4096;
    private readonly ServiceProvider _services;
    private readonly FaultLog _log = new();
    private readonly TestLifetime _lifetime = new();
    private readonly List<TestClient> _clients = [];
    private readonly Dictionary<string, StoredCredentials> _credentials = [];
    private bool _stopped;

    private XmppTestServer(Action<XmppServerOptions>? options, Action<IXmppServerBuilder>? build)
    {
        Certificate = new TestCertificate("example.org", "*.example.org", "localhost");
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<ICertificateSource>(Certificate);
        services.AddSingleton<IHostApplicationLifetime>(_lifetime);
        services.AddLogging(logging => logging.AddProvider(_log));
        var builder = services.AddXmppServer(server =>
        {
            server.AllowInsecure = true;
            server.RateLimits = false;
            options?.Invoke(server);
            if (server.Domains.Count == 0)
            {
                server.Domains.Add("example.org");
            }
        });
        services.AddSingleton<ClientConnectionHandler>();
        services.AddSingleton<DirectTlsClientConnectionHandler>();
        services.AddSingleton<ComponentConnectionHandler>();
        services.AddSingleton<ServerConnectionHandler>();
        services.AddSingleton<DirectTlsServerConnectionHandler>();
        build?.Invoke(builder);
        _services = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    /// <summary>The server's time.</summary>
    public FakeTime Time { get; } = new();

    /// <summary>The certificate that it shows.</summary>
    public TestCertificate Certificate { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Faults logged so far; a test that provokes some takes them out.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Faults => _log.Faults;

    /// <summary>How the faults begin that a test provokes, where they may be logged at any time: they are not kept.</summary>
    public string? ExpectedFault
    {
        get => _log.Expected;
        set => _log.Expected = value;
    }

    /// <summary>Starts a server.</summary>
    /// <param name="options">Changes options; <c>example.org</c> is hosted unless it adds domains.</param>
    /// <param name="build">Adds modules and services.</param>
    public static async Task<XmppTestServer> StartAsync(Action<XmppServerOptions>? options = null, Action<IXmppServerBuilder>? build = null)
    {
        var server = new XmppTestServer(options, build);
        server._services.GetService<IStartupValidator>()?.Validate();
        foreach (var service in server._services.GetServices<IHostedService>().OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }

        foreach (var service in server._services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        server._lifetime.Started();
        return server;
    }

    /// <summary>A service.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Creates an account; does nothing when it exists.</summary>
    public async Task CreateAccountAsync(string bareJid, string password = Password)
    {
        if (!_credentials.TryGetValue(password, out var credentials))
        {
            credentials = StoredCredentials.FromPassword(password, Iterations, ScramHash.Sha1, ScramHash.Sha256, ScramHash.Sha512);
            _credentials.Add(password, credentials);
        }

        await Get<IAccountStore>().CreateAsync(Jid.Parse(bareJid), credentials, CancellationToken.None);
    }

    /// <summary>Connects a client, TLS handshake of <see cref="Transport.DirectTls"/> included; no stream is open yet.</summary>
    public async Task<TestClient> ConnectAsync(Transport transport = Transport.Plaintext, IPAddress? from = null)
    {
        var client = Connect(transport, from);
        if (transport == Transport.DirectTls)
        {
            await client.SecureAsync();
        }

        return client;
    }

    /// <summary>Connects a client that has not sent a byte, of a TLS handshake neither.</summary>
    /// <param name="transport">How it connects.</param>
    /// <param name="from">Its address; the machine's own by default.</param>
    /// <param name="extensions">What a WebSocket says of extensions.</param>
    public TestClient Connect(Transport transport, IPAddress? from = null, string? extensions = null)
    {
        var connection = new MemoryConnection($"{_clients.Count + 1}", from);
        var client = new TestClient(connection, Certificate.Certificate, isWebSocket: transport == Transport.WebSocket);
        _clients.Add(client);
        connection.Serve(transport switch
        {
            Transport.DirectTls => Get<DirectTlsClientConnectionHandler>(),
            Transport.WebSocket => new WebSocketHandler(Get<WebSocketClientStreams>()) { Client = client.WebSocket!, Extensions = extensions },
            _ => Get<ClientConnectionHandler>(),
        });
        return client;
    }

    /// <summary>Connects a component that has not sent a byte (XEP-0114).</summary>
    public TestClient ConnectComponent(IPAddress? from = null)
    {
        var connection = new MemoryConnection($"{_clients.Count + 1}", from);
        var component = new TestClient(connection, Certificate.Certificate, Namespaces.ComponentAccept);
        _clients.Add(component);
        connection.Serve(Get<ComponentConnectionHandler>());
        return component;
    }

    /// <summary>Takes a connection that another server has made.</summary>
    public void AcceptServer(MemoryConnection connection, bool directTls = false) =>
        connection.Serve(directTls ? Get<DirectTlsServerConnectionHandler>() : Get<ServerConnectionHandler>());

    /// <summary>Connects another server that has not sent a byte (RFC 6120 §4).</summary>
    /// <param name="from">Its address; the machine's own by default.</param>
    /// <param name="directTls">Whether the listener begins with TLS.</param>
    public TestClient ConnectServer(IPAddress? from = null, bool directTls = false)
    {
        var connection = new MemoryConnection($"{_clients.Count + 1}", from);
        var peer = new TestClient(connection, Certificate.Certificate, Namespaces.Server);
        _clients.Add(peer);
        AcceptServer(connection, directTls);
        return peer;
    }

    /// <summary>Connects a component and authenticates it: its domain and secret are in <see cref="XmppServerOptions.Components"/>.</summary>
    public async Task<TestClient> ComponentAsync(string domain)
    {
        var component = ConnectComponent();
        await component.HandshakeAsync(domain, Get<IOptions<XmppServerOptions>>().Value.Components[domain].Secret);
        var answer = await component.ReceiveAsync();
        Assert.True(answer.Is("handshake", Namespaces.ComponentAccept), component.Describe("<handshake/> was due"));
        return component;
    }

    /// <summary>Connects a client and opens its stream: under TLS where the transport has it, not authenticated.</summary>
    public async Task<TestClient> OpenAsync(Transport transport = Transport.Plaintext, string domain = "example.org", IPAddress? from = null)
    {
        var client = await ConnectAsync(transport, from);
        await client.OpenAsync(domain);
        if (transport == Transport.StartTls)
        {
            await client.StartTlsAsync();
            await client.OpenAsync();
        }

        return client;
    }

    /// <summary>Connects a client that is authenticated and bound as <paramref name="jid"/>; the account is created where there is none.</summary>
    /// <param name="jid">A full JID; a bare one lets the server choose the resource.</param>
    /// <param name="transport">How the client connects.</param>
    /// <param name="password">The account's password.</param>
    public async Task<TestClient> LoginAsync(string jid, Transport transport = Transport.Plaintext, string password = Password)
    {
        var address = Jid.Parse(jid);
        await CreateAccountAsync(address.Bare.ToString(), password);
        var client = await OpenAsync(transport, address.Domain);
        await client.AuthenticateAsync(address.Local!, password);
        await client.BindAsync(address.Resource);
        return client;
    }

    /// <summary>A client over BOSH that has not sent anything.</summary>
    /// <param name="from">Where its requests come from; this machine by default, which counts as secure.</param>
    /// <param name="isHttps">Whether they come by https.</param>
    public BoshClient Bosh(IPAddress? from = null, bool isHttps = false) =>
        new(Get<Server.Connections.Bosh.BoshEndpoint>()) { Address = from ?? IPAddress.Loopback, IsHttps = isHttps };

    /// <summary>A client over BOSH that is authenticated and bound; the account is created where there is none.</summary>
    public async Task<BoshClient> LoginBoshAsync(string jid, string? opening = null)
    {
        var address = Jid.Parse(jid);
        await CreateAccountAsync(address.Bare.ToString());
        var client = Bosh();
        await (opening is null ? client.CreateAsync() : client.CreateAsync(opening));
        await client.LoginAsync(address.Local!, Password, address.Resource);
        return client;
    }

    /// <summary>Begins to stop: what the application does at SIGTERM. Completes when every stream has ended.</summary>
    public async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _lifetime.StopApplication();
        foreach (var service in _services.GetServices<IHostedService>().Reverse())
        {
            await service.StopAsync(CancellationToken.None).WaitAsync(TestClient.Patience);
        }

        _lifetime.Stopped();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        var stopping = StopAsync();

        // Peers that acknowledge nothing have had their time; those that are told so have theirs still.
        Time.Advance(TimeSpan.FromSeconds(4));
        await stopping;
        await _services.DisposeAsync();
        Certificate.Dispose();
        _lifetime.Dispose();
        Assert.True(Faults.IsEmpty, $"The server logged faults:\n{string.Join('\n', Faults)}");
    }
}
