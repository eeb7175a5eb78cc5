namespace Parley.Server.Routing;

/// <summary>What becomes of a stanza after a stage.</summary>
public enum Verdict
{
    /// <summary>It goes on to the next handler.</summary>
    Continue,

    /// <summary>It ends here: the handler has done with it what there was to do.</summary>
    Stop,
}

/// <summary>Looks at a stanza at a stage. To refuse it, throws <see cref="Parley.Protocol.Stanzas.StanzaException"/>: the sender gets that error.</summary>
public delegate ValueTask<Verdict> StageHandler(Delivery delivery, CancellationToken cancellationToken);

/// <summary>Asks the handlers of stages, one after the other.</summary>
internal static class StageHandlers
{
    /// <summary>Asks each until one stops; without an allocation as long as they answer at once.</summary>
    internal static ValueTask<Verdict> RunAsync(this StageHandler[] handlers, Delivery delivery, CancellationToken cancellationToken)
    {
        for (var i = 0; i < handlers.Length; i++)
        {
            var verdict = handlers[i](delivery, cancellationToken);
            if (!verdict.IsCompletedSuccessfully)
            {
                return RestAsync(verdict, handlers, i + 1, delivery, cancellationToken);
            }

            if (verdict.Result == Verdict.Stop)
            {
                return new(Verdict.Stop);
            }
        }

        return new(Verdict.Continue);
    }

    private static async ValueTask<Verdict> RestAsync(
        ValueTask<Verdict> verdict, StageHandler[] handlers, int next, Delivery delivery, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await verdict == Verdict.Stop)
            {
                return Verdict.Stop;
            }

            if (next == handlers.Length)
            {
                return Verdict.Continue;
            }

            verdict = handlers[next++](delivery, cancellationToken);
        }
    }
}
