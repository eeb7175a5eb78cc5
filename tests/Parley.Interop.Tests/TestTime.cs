using Xunit;

namespace Parley.Interop.Tests;

/// <summary>How long a test may take: the end of the test run or of its own time, whichever comes first.</summary>
internal sealed class TestTime(int seconds) : IDisposable
{
    private readonly CancellationTokenSource _source = Begin(seconds);

    internal CancellationToken Token => _source.Token;

    public void Dispose() => _source.Dispose();

    private static CancellationTokenSource Begin(int seconds)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(TimeSpan.FromSeconds(seconds));
        return source;
    }
}
