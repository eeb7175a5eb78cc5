using Parley.Protocol.Stanzas;
using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>Takes the replies to what modules have asked in the name of accounts and domains, before any rule of theirs.</summary>
internal sealed class RepliesModule(AwaitedReplies awaited) : IXmppModule
{
    public void Configure(ModuleBuilder module) => module.AtStage(Stage.PreRoute, TakeAsync);

    private ValueTask<Verdict> TakeAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        return awaited.TryTake(delivery.Stanza, out var handler)
            ? StopAsync(handler(delivery.Stanza, delivery.Flush, cancellationToken))
            : new(Verdict.Continue);

        static async ValueTask<Verdict> StopAsync(ValueTask handled)
        {
            await handled;
            return Verdict.Stop;
        }
    }
}
