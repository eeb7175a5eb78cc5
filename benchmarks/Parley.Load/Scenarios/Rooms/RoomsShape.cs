namespace Parley.Load.Scenarios.Rooms;

/// <summary>How the occupants of rooms talk.</summary>
/// <param name="Rooms">How many rooms.</param>
/// <param name="Occupants">Occupants of each room.</param>
/// <param name="Senders">How many of them talk.</param>
/// <param name="Window">Messages of each sender that have not come back to it.</param>
/// <param name="Quiet">Whether only moderators' presence is broadcast.</param>
/// <param name="Warmup">Seconds before measuring.</param>
/// <param name="Seconds">Seconds to measure.</param>
internal sealed record RoomsShape(int Rooms, int Occupants, int Senders, int Window, bool Quiet, int Warmup, int Seconds);
