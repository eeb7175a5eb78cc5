using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Parley.Host.Serving;

/// <summary>
/// Has OpenSSL give back the buffers of TLS connections on which nothing is under way (SSL_MODE_RELEASE_BUFFERS): 33 KiB for each of them, which it keeps otherwise for as long
/// as the connection lasts.
/// </summary>
/// <remarks>
/// .NET has no setting for it and shows nobody its connections. OpenSSL does: whoever reserves a place for data of its own is told of each new connection
/// (CRYPTO_get_ex_new_index(3)). For the whole process, so that only the program decides it. Only with OpenSSL 3.0 and 3.1, which tell of a connection when it is ready, as
/// one of the last things that SSL_new does; from 3.2 on it is one of the first, when what the mode is for is not there yet and would be overwritten. With any other nothing
/// happens, and an idle connection costs more.
/// </remarks>
internal static unsafe class IdleTlsMemory
{
    private const int ConnectionIndex = 0; // CRYPTO_EX_INDEX_SSL
    private const int ControlMode = 33; // SSL_CTRL_MODE
    private const int ReleaseBuffers = 0x10; // SSL_MODE_RELEASE_BUFFERS
    private const long Version30 = 0x3000_0000;
    private const long Version32 = 0x3020_0000;

    // Written once, before there is a connection.
    private static delegate* unmanaged<nint, int, nint, nint, nint> _control;

    /// <summary>Sets it for all connections that are made from now on. To be called once. Returns whether it could be.</summary>
    internal static bool TryRelease()
    {
        if (!OperatingSystem.IsLinux() || !IsKnownOpenSsl()
            || !NativeLibrary.TryLoad("libssl.so.3", out var tls) || !NativeLibrary.TryLoad("libcrypto.so.3", out var crypto)
            || !NativeLibrary.TryGetExport(tls, "SSL_ctrl", out var control)
            || !NativeLibrary.TryGetExport(crypto, "CRYPTO_get_ex_new_index", out var getIndex))
        {
            return false;
        }

        _control = (delegate* unmanaged<nint, int, nint, nint, nint>)control;
        var reserve = (delegate* unmanaged<int, nint, nint, delegate* unmanaged<nint, nint, nint, int, nint, nint, void>, nint, nint, int>)getIndex;
        return reserve(ConnectionIndex, 0, 0, &OnNewConnection, 0, 0) >= 0;
    }

    [UnmanagedCallersOnly]
    private static void OnNewConnection(nint connection, nint value, nint data, int index, nint number, nint argument) =>
        _control(connection, ControlMode, ReleaseBuffers, 0);

    // The one that .NET has loaded: another would not be told of its connections.
    [SupportedOSPlatform("linux")]
    private static bool IsKnownOpenSsl()
    {
        try
        {
            return SafeEvpPKeyHandle.OpenSslVersion is >= Version30 and < Version32;
        }
        catch (Exception e) when (e is PlatformNotSupportedException or TypeInitializationException or DllNotFoundException)
        {
            return false;
        }
    }
}
