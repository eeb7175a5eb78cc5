using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Parley.Server.Federation;
using Parley.Server.Hosting;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>Whom the policy refuses stands in the log of whoever set it, with the setting that does it: the other side hears a condition alone.</summary>
public sealed class RefusalLogTests
{
    private readonly TestNetwork _network = new();

    [Theory]
    [InlineData(nameof(FederationPolicy.Allow), "There is no exchange with this domain.")]
    [InlineData(nameof(FederationPolicy.RequireTls), "TLS is required.")]
    [InlineData(nameof(FederationPolicy.RequireCertificate), "A certificate for the domain is required.")]
    [InlineData(nameof(FederationPolicy.AllowDialback), "A certificate for the domain is required.")]
    public async Task A_key_that_the_policy_refuses_is_logged_with_the_setting(string setting, string why)
    {
        using var log = new EventLog(79);
        await using var server = await StartAsync(log, options => options.Federation.Policies[Capulet] = new()
        {
            Allow = setting != nameof(FederationPolicy.Allow),
            RequireTls = setting == nameof(FederationPolicy.RequireTls),
            RequireCertificate = setting == nameof(FederationPolicy.RequireCertificate),
            AllowDialback = setting != nameof(FederationPolicy.AllowDialback),
        });
        var peer = await server.OpenServerAsync(from: null);

        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");

        Assert.Equal("error", (await peer.ReceiveAsync()).Attribute("type"));
        Assert.EndsWith($": {Capulet} is refused: {why} Federation:Policies:{Capulet}:{setting} says so", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_is_refused_at_its_header_is_logged_with_the_setting()
    {
        using var log = new EventLog(79);
        await using var server = await StartAsync(log, static options => options.Federation.Policy.Allow = false);
        var peer = server.ConnectServer();

        await peer.SendAsync(Header(Capulet, Montague, null));

        await peer.ExpectStreamErrorAsync("policy-violation");
        Assert.EndsWith($": {Capulet} is refused: There is no exchange with this domain. Federation:Policy:Allow says so", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    private Task<XmppTestServer> StartAsync(EventLog log, Action<XmppServerOptions> options) => _network.StartAsync(
        "192.0.2.1",
        [Montague],
        given =>
        {
            given.Federation.Policy.RequireTls = false;
            options(given);
        },
        build: builder => builder.Services.AddSingleton<ILoggerProvider>(log));

    /// <summary>What is logged under one number.</summary>
    private sealed class EventLog(int id) : ILoggerProvider, ILogger
    {
        internal ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == id)
            {
                Lines.Enqueue(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
