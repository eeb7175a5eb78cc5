namespace Parley.Interop.Tests.Proxy;

/// <summary>What can happen to a connection on its way.</summary>
internal enum MishapKind
{
    /// <summary>From now on nothing is forwarded, and nothing is closed: what is sent vanishes, as in a tunnel that a train enters.</summary>
    Freeze,

    /// <summary>Nothing is forwarded for a while, then everything is.</summary>
    Stall,

    /// <summary>A reset (RST) for both ends.</summary>
    Reset,

    /// <summary>A proper end (FIN) for both ends.</summary>
    Close,
}

/// <summary>What happens to a connection, and after how many more bytes; they are counted in both directions together, so it may be amid a stanza.</summary>
/// <param name="Wait">How long it stalls; how long after a freeze the client learns that its connection is gone.</param>
internal sealed record Mishap(MishapKind Kind, Direction Direction, int AfterBytes, TimeSpan Wait)
{
    // A login takes about 1,500 bytes: some mishaps strike during it.
    private const int MaxBytes = 24_000;
    private const int MaxWait = 120;

    internal static Mishap Draw(Random random)
    {
        var kind = random.Next(10) switch
        {
            < 5 => MishapKind.Freeze,
            < 7 => MishapKind.Stall,
            < 9 => MishapKind.Reset,
            _ => MishapKind.Close,
        };
        return new Mishap(
            kind,
            (Direction)random.Next((int)Direction.ToServer, (int)Direction.Both + 1),
            random.Next(MaxBytes),
            TimeSpan.FromMilliseconds(random.Next(MaxWait)));
    }
}
