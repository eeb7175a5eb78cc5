using Parley.Server.Routing;

namespace Parley.Server.Tests.Streams;

/// <summary>Holds up every message whose id is "hold" until it is opened: a server that is busy for as long as a test likes.</summary>
public sealed class Gate : IXmppModule
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a message is held up.</summary>
    public Task Reached => _reached.Task.WaitAsync(Parley.TestKit.TestClient.Patience);

    public void Configure(ModuleBuilder module) => module.AtStage(Stage.PreRoute, async (delivery, _) =>
    {
        if (delivery.Stanza.Id.Span.SequenceEqual("hold"u8))
        {
            _reached.TrySetResult();
            await _opened.Task;
        }

        return Verdict.Continue;
    });

    /// <summary>Lets everything pass from now on.</summary>
    public void Open() => _opened.TrySetResult();
}
