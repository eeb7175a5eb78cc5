using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Parley.Server.Federation;
using Parley.Server.Federation.Dns;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>Connecting: which address is tried when, what ends it, and what is told about it. Time and network are the test's.</summary>
public sealed class ServerConnectorTests
{
    private readonly FakeTime _time = new();
    private readonly Network _network = new();
    private readonly FederationOptions _options = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_address_that_answers_is_taken()
    {
        _network.Accept("[2001:db8::1]:5269");

        var result = await Connect("h AAAA 2001:db8::1|h A 192.0.2.1");

        Assert.Equal("[2001:db8::1]:5269", result.Address!.ToString());
        Assert.Equal(["[2001:db8::1]:5269"], _network.Begun);
        Assert.Equal(
            "_xmpp-server._tcp.example.org SRV: 0 0 5269 h, _xmpps-server._tcp.example.org SRV: there is no such name, "
            + "h AAAA: 2001:db8::1, h A: 192.0.2.1, [2001:db8::1]:5269: connected",
            string.Join(", ", result.Steps));
    }

    [Fact]
    public async Task An_address_that_fails_makes_room_for_the_next_at_once()
    {
        _network.Refuse("[2001:db8::1]:5269");
        _network.Accept("192.0.2.1:5269");

        var result = await Connect("h AAAA 2001:db8::1|h A 192.0.2.1");

        Assert.Equal("192.0.2.1:5269", result.Address!.ToString());
        Assert.Contains(result.Steps, static step => step.ToString() == "[2001:db8::1]:5269: refused: nothing listens there");
    }

    [Fact]
    public async Task A_silent_address_has_250_ms_before_the_next_begins_beside_it()
    {
        _network.Accept("192.0.2.1:5269");
        var connecting = Connect("h AAAA 2001:db8::1|h A 192.0.2.1").AsTask();
        await _network.WhenBegunAsync("[2001:db8::1]:5269");
        await PassAsync(AddressRace.Stagger - TimeSpan.FromTicks(1));
        Assert.Equal(["[2001:db8::1]:5269"], _network.Begun);

        await PassAsync(TimeSpan.FromTicks(1));

        Assert.Equal("192.0.2.1:5269", (await connecting).Address!.ToString());
        Assert.Equal(["[2001:db8::1]:5269"], _network.GivenUp);
    }

    [Fact]
    public async Task The_first_address_may_still_win_when_the_next_has_begun()
    {
        var connecting = Connect("h AAAA 2001:db8::1|h A 192.0.2.1").AsTask();
        await _network.WhenBegunAsync("[2001:db8::1]:5269");
        await PassAsync(AddressRace.Stagger);
        await _network.WhenBegunAsync("192.0.2.1:5269");

        _network.Accept("[2001:db8::1]:5269");

        Assert.Equal("[2001:db8::1]:5269", (await connecting).Address!.ToString());
        Assert.Equal(["192.0.2.1:5269"], _network.GivenUp);
    }

    [Fact]
    public async Task A_connection_that_comes_too_late_is_closed()
    {
        _network.IgnoresCancellation = true;
        var connecting = Connect("h AAAA 2001:db8::1|h A 192.0.2.1").AsTask();
        await _network.WhenBegunAsync("[2001:db8::1]:5269");
        await PassAsync(AddressRace.Stagger);
        await _network.WhenBegunAsync("192.0.2.1:5269");
        _network.Accept("192.0.2.1:5269");
        await connecting;

        var late = _network.Accept("[2001:db8::1]:5269");

        await late.Disposed.WaitAsync(TestClient.Patience, Cancellation);
    }

    [Fact]
    public async Task The_next_host_comes_when_the_one_before_cannot_be_reached()
    {
        _network.Refuse("192.0.2.1:5269");
        _network.Accept("192.0.2.2:5299");

        var result = await Connect("h A 192.0.2.1|S SRV 1 0 5299 i|i A 192.0.2.2|S SRV 2 0 5269 j");

        Assert.Equal("i:5299", result.Target!.ToString());
        Assert.Equal(["j:5269"], result.Others.Select(static target => target.ToString()));
    }

    [Fact]
    public async Task A_host_that_stays_silent_is_given_up_and_then_the_next_comes()
    {
        _network.Accept("192.0.2.2:5299");
        var connecting = Connect("h A 192.0.2.1|S SRV 1 0 5299 i|i A 192.0.2.2").AsTask();
        await _network.WhenBegunAsync("192.0.2.1:5269");

        _time.Advance(_options.ConnectTimeout);

        var result = await connecting;
        Assert.Equal("i:5299", result.Target!.ToString());
        Assert.Contains(result.Steps, static step => step.ToString() == "h:5269: no answer within 10 s");
    }

    [Fact]
    public async Task All_hosts_together_have_one_deadline()
    {
        _options.ConnectDeadline = TimeSpan.FromSeconds(15);
        var connecting = Connect("h A 192.0.2.1|S SRV 1 0 5299 i|i A 192.0.2.2|S SRV 2 0 5269 j|j A 192.0.2.3").AsTask();
        await _network.WhenBegunAsync("192.0.2.1:5269");
        _time.Advance(_options.ConnectTimeout);
        await _network.WhenBegunAsync("192.0.2.2:5299");

        _time.Advance(TimeSpan.FromSeconds(5));

        var result = await connecting;
        Assert.Equal(ConnectFailure.RemoteServerTimeout, result.Failure);
        Assert.Equal("example.org: not reached within 15 s", result.Steps[^1].ToString());
        Assert.DoesNotContain("192.0.2.3:5269", _network.Begun);
    }

    [Theory]
    [InlineData("S SRV 0 0 0 .", ConnectFailure.RemoteServerNotFound)]
    [InlineData("S SERVFAIL", ConnectFailure.RemoteServerTimeout)]
    [InlineData("", ConnectFailure.RemoteServerNotFound)]
    [InlineData("S SRV 0 0 5269 h", ConnectFailure.RemoteServerNotFound)]
    [InlineData("S SRV 0 0 5269 h|h SERVFAIL", ConnectFailure.RemoteServerTimeout)]
    [InlineData("S SRV 0 0 5269 h|h A 192.0.2.9", ConnectFailure.RemoteServerNotFound)]
    [InlineData("S SRV 0 0 0 h|h A 192.0.2.1", ConnectFailure.RemoteServerNotFound)]
    public async Task Why_there_is_no_connection_is_told(string records, ConnectFailure failure)
    {
        _network.Refuse("192.0.2.9:5269");

        var result = await Connector(records).ConnectAsync("example.org", ServiceKind.Server, Cancellation);

        Assert.Equal((failure, null), (result.Failure, result.Connection));
        Assert.NotEmpty(result.Steps);
    }

    [Fact]
    public async Task Hosts_that_are_left_can_be_tried_on_their_own()
    {
        _network.Accept("192.0.2.1:5270");

        var result = await Connector("h A 192.0.2.1").ConnectAsync([new ServerTarget("h", 5270, DirectTls: true)], _options.ConnectDeadline, Cancellation);

        Assert.Equal("h:5270 (direct TLS)", result.Target!.ToString());
    }

    [Fact]
    public async Task Forbidden_addresses_are_not_connected_to()
    {
        _options.AllowPrivateAddresses = false;

        var result = await Connect("h A 10.0.0.1|h AAAA ::1");

        Assert.Equal(ConnectFailure.RemoteServerNotFound, result.Failure);
        Assert.Empty(_network.Begun);
        Assert.Contains(result.Steps, static step => step.ToString() == "10.0.0.1:5269: not allowed (Federation:AllowPrivateAddresses)");
    }

    [Fact]
    public async Task Who_gives_up_gets_an_exception_and_no_connection()
    {
        using var giveUp = new CancellationTokenSource();
        var connecting = Connector("S SRV 0 0 5269 h|h A 192.0.2.1").ConnectAsync("example.org", ServiceKind.Server, giveUp.Token).AsTask();
        await _network.WhenBegunAsync("192.0.2.1:5269");

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(["192.0.2.1:5269"], _network.GivenUp);
    }

    [Fact]
    public async Task Over_real_sockets_bytes_go_both_ways()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var connections = new SocketConnections(NullLoggerFactory.Instance);
        var connector = new ServerConnector(
            Locator(""), new AddressRace(connections, TimeProvider.System), new AddressPolicy(_options), _options, TimeProvider.System);

        var result = await connector.ConnectAsync([new ServerTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, false)], _options.ConnectDeadline, Cancellation);
        await using var connection = result.Connection!;
        using var accepted = await listener.AcceptSocketAsync(Cancellation);
        await connection.Transport.Output.WriteAsync("to"u8.ToArray(), Cancellation);
        var buffer = new byte[8];
        Assert.Equal(2, await accepted.ReceiveAsync(buffer, Cancellation));
        await accepted.SendAsync("back"u8.ToArray(), Cancellation);

        Assert.Equal(4, (await connection.Transport.Input.ReadAsync(Cancellation)).Buffer.Length);
    }

    // The timers of a wait are set by the thread that connects, a moment after the connection has begun.
    private async Task PassAsync(TimeSpan time)
    {
        await _time.WhenDelayedAsync();
        _time.Advance(time);
    }

    private ValueTask<ServerConnection> Connect(string records) =>
        Connector($"S SRV 0 0 5269 h|{records}").ConnectAsync("example.org", ServiceKind.Server, Cancellation);

    private ServerConnector Connector(string records) =>
        new(Locator(records), new AddressRace(_network, _time), new AddressPolicy(_options), _options, _time);

    private static ServerLocator Locator(string records) => new(
        new FileDnsResolver(DnsAnswerFile.Parse(records.Split('|').Select(static line => line.Replace("S ", "_xmpp-server._tcp.example.org ")))),
        new ServiceOrder(new Random(1)));

    /// <summary>A network in which a test says what answers; what it says nothing about stays silent.</summary>
    private sealed class Network : IConnectionFactory
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<ConnectionContext>> _addresses = new();
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = new();

        internal bool IgnoresCancellation { get; set; }

        internal ConcurrentQueue<string> Begun { get; } = new();

        internal ConcurrentQueue<string> GivenUp { get; } = new();

        internal Connected Accept(string address)
        {
            var connection = new Connected();
            Of(address).SetResult(connection);
            return connection;
        }

        internal void Refuse(string address) => Of(address).SetException(new SocketException((int)SocketError.ConnectionRefused));

        internal Task WhenBegunAsync(string address) => BegunOf(address).Task.WaitAsync(TestClient.Patience);

        public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var address = endpoint.ToString()!;
            Begun.Enqueue(address);
            BegunOf(address).TrySetResult();
            try
            {
                return await Of(address).Task.WaitAsync(IgnoresCancellation ? CancellationToken.None : cancellationToken);
            }
            catch (OperationCanceledException)
            {
                GivenUp.Enqueue(address);
                throw;
            }
        }

        private TaskCompletionSource<ConnectionContext> Of(string address) =>
            _addresses.GetOrAdd(address, static _ => new TaskCompletionSource<ConnectionContext>(TaskCreationOptions.RunContinuationsAsynchronously));

        private TaskCompletionSource BegunOf(string address) =>
            _begun.GetOrAdd(address, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    private sealed class Connected : DefaultConnectionContext
    {
        private readonly TaskCompletionSource _disposed = new();

        internal Task Disposed => _disposed.Task;

        public override ValueTask DisposeAsync()
        {
            _disposed.TrySetResult();
            return base.DisposeAsync();
        }
    }
}
