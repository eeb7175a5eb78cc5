namespace Parley.Interop.Tests.Proxy;

/// <summary>Which way bytes go through the proxy.</summary>
[Flags]
internal enum Direction
{
    None = 0,
    ToServer = 1,
    ToClient = 2,
    Both = ToServer | ToClient,
}
