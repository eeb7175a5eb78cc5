namespace Parley.Load.Scenarios;

/// <summary>How the sides of a chat run talk.</summary>
/// <param name="Window">Messages that each side keeps undelivered, in a closed loop.</param>
/// <param name="Rate">Messages per second over all sides, in an open loop; 0 for a closed one.</param>
/// <param name="AskEvery">Behind how many messages a managed side asks for an acknowledgement.</param>
/// <param name="UntilAcked">Whether a message is in flight until it is acknowledged too, and not only until it is delivered.</param>
/// <param name="OneWay">Whether only the first side of each pair sends.</param>
/// <param name="Bare">Whether messages go to bare JIDs.</param>
/// <param name="Archived">Whether every message has to be in the archives of both sides afterwards.</param>
/// <param name="FromRest">Whether measuring begins and ends with nothing in flight.</param>
/// <param name="Warmup">Seconds before measuring.</param>
/// <param name="Seconds">Seconds to measure.</param>
/// <param name="Count">How many messages may be sent behind the warm-up.</param>
internal sealed record ChatShape(
    int Window, int Rate, int AskEvery, bool UntilAcked, bool OneWay, bool Bare, bool Archived, bool FromRest, int Warmup, int Seconds, int Count);
