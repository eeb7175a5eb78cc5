using Parley.Server.Routing;

namespace Parley.Server.Tests.Streams;

/// <summary>Tells when the first session has ended, whatever its connection still does.</summary>
public sealed class SessionEnd : IXmppModule
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a session is out of the directory.</summary>
    public Task Reached => _reached.Task.WaitAsync(Parley.TestKit.TestClient.Patience);

    public void Configure(ModuleBuilder module) => module.OnSessionEnded((_, _, _) =>
    {
        _reached.TrySetResult();
        return ValueTask.CompletedTask;
    });
}
