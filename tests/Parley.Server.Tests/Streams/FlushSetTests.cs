using Parley.Server.Connections;
using Xunit;

namespace Parley.Server.Tests.Streams;

public class FlushSetTests
{
    [Fact]
    public async Task Nothing_is_lost_when_one_thread_adds_while_another_flushes()
    {
        const int rounds = 50_000;
        var sink = new CountingSink();
        var targets = Enumerable.Range(0, 4).Select(_ => new OutputQueue(sink, int.MaxValue, () => { })).ToArray();
        var set = new FlushSet();
        var adding = Task.Run(() =>
        {
            for (var i = 0; i < rounds; i++)
            {
                targets[i % targets.Length].Write("x"u8);
                set.Add(targets[i % targets.Length]);
            }
        }, TestContext.Current.CancellationToken);
        while (!adding.IsCompleted)
        {
            set.Flush();
        }

        await adding;
        set.Flush();
        Assert.Equal(rounds, sink.Count);
    }

    private sealed class CountingSink : IByteSink
    {
        private int _count;

        internal int Count => _count;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Interlocked.Add(ref _count, bytes.Length);
            return ValueTask.CompletedTask;
        }
    }
}
