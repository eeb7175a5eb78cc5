using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Parley.Protocol.Addressing;
using Parley.Protocol.Sasl;
using Parley.Protocol.Streams;
using Parley.Server.Connections;
using Parley.Server.Storage;
using Parley.TestKit;
using Xunit;

namespace Parley.Web.Tests;

/// <summary>What a supervisor asks.</summary>
public class HealthTests
{
    [Fact]
    public async Task A_server_that_is_fit_says_so()
    {
        await using var server = await StartAsync();

        Assert.Equal((HttpStatusCode.OK, """{"status":"ok","checks":{"store":"ok","streams":"ok"}}"""), await server.GetAsync("/health"));
    }

    [Fact]
    public async Task Once_streams_are_ended_it_is_not_fit()
    {
        await using var server = await StartAsync();

        server.Services.GetRequiredService<OpenStreams>().TerminateAll(new StreamException(StreamErrorCondition.SystemShutdown));

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"status":"failing","checks":{"store":"ok","streams":"The server is stopping."}}"""),
            await server.GetAsync("/health"));
    }

    [Fact]
    public async Task A_store_that_fails_is_told_without_its_secrets_and_asked_again_a_second_later()
    {
        var (time, store) = (new FakeTime(), new FailingStore());
        await using var server = await StartAsync(time, store);

        store.Fault = new StorageException("Password of db.example.org is hunter2.");
        var failing = (HttpStatusCode.ServiceUnavailable, """{"status":"failing","checks":{"store":"The store does not answer.","streams":"ok"}}""");
        Assert.Equal(failing, await server.GetAsync("/health"));
        Assert.Equal(failing, await server.GetAsync("/health"));
        Assert.Equal(1, store.Asked);

        store.Fault = null;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/health")).Status);
        Assert.Equal(2, store.Asked);
    }

    [Fact]
    public async Task A_store_that_hangs_is_given_five_seconds()
    {
        var (time, store) = (new FakeTime(), new FailingStore { Hangs = true });
        await using var server = await StartAsync(time, store);

        var answer = server.GetAsync("/health");
        await time.WhenDelayedAsync();
        time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, """{"status":"failing","checks":{"store":"The store has not answered within 5 seconds.","streams":"ok"}}"""),
            await answer);
    }

    private static Task<WebServer> StartAsync(FakeTime? time = null, IAccountStore? store = null) => WebServer.StartAsync(
        static web => web.MapXmppHealth(),
        services =>
        {
            if (time is not null && store is not null)
            {
                services.AddSingleton<TimeProvider>(time);
                services.AddSingleton(store);
            }
        });

    private sealed class FailingStore : IAccountStore
    {
        internal Exception? Fault { get; set; }

        internal bool Hangs { get; init; }

        internal int Asked { get; private set; }

        public async IAsyncEnumerable<Jid> ListAsync(string? domain, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Asked++;
            if (Hangs)
            {
                await new TaskCompletionSource().Task;
            }

            await Task.Yield();
            if (Fault is not null)
            {
                throw Fault;
            }

            yield break;
        }

        public ValueTask<StoredCredentials?> FindAsync(Jid account, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> ExistsAsync(Jid account, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> CreateAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> SetCredentialsAsync(Jid account, StoredCredentials credentials, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<bool> RemoveAsync(Jid account, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
