namespace Parley.Server.Modules.Offline;

/// <summary>Where a message for an account belongs while others are being delivered to it.</summary>
internal enum HoldResult
{
    /// <summary>Nothing is being delivered: it goes its way.</summary>
    NotNeeded,

    /// <summary>It waits behind them.</summary>
    Waits,

    /// <summary>Too many wait: it goes into the store, out of which it is delivered behind them.</summary>
    ToStore,
}
