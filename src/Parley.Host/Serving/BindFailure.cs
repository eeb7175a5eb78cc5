using System.Net.Sockets;
using Parley.Host.Configuration;

namespace Parley.Host.Serving;

/// <summary>Says in one line why the server cannot listen, and which option changes it.</summary>
internal static class BindFailure
{
    /// <summary>The line, or null when the failure is another.</summary>
    internal static string? Describe(Exception exception, IReadOnlyList<Listener> listeners)
    {
        if (Inner<SocketException>(exception) is not { } socket)
        {
            return null;
        }

        // Kestrel names the address in its message where it knows it; else the first that has not been bound is the one.
        var listener = listeners.FirstOrDefault(listener => exception.Message.Contains($"//{listener.EndPoint}", StringComparison.Ordinal))
            ?? listeners.FirstOrDefault(static listener => listener.Bound is null)
            ?? listeners[0];
        return socket.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"{listener.EndPoint} is in use by another program; stop it, or choose another port with {Setting.Name(listener.Kind.PortKey)}.",
            SocketError.AccessDenied =>
                $"{listener.EndPoint} may not be listened on by this user; choose a port above 1023 with {Setting.Name(listener.Kind.PortKey)}.",
            SocketError.AddressNotAvailable =>
                $"{listener.EndPoint.Address} is no address of this machine; choose another with {Setting.Name(listener.Kind.BindKey)}.",
            _ => $"cannot listen on {listener.EndPoint}: {socket.Message}; see {Setting.Name(listener.Kind.BindKey)} and {Setting.Name(listener.Kind.PortKey)}.",
        };
    }

    private static T? Inner<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }
}
