using Microsoft.Extensions.Primitives;

namespace Parley.Server.Connections.WebSockets;

/// <summary>permessage-deflate as a client offers it (RFC 7692 §7.1).</summary>
internal static class DeflateOffer
{
    /// <summary>What is agreed upon: nobody keeps a window between messages, so that none takes memory while a connection is idle.</summary>
    internal const string Answer = $"{Name}; server_no_context_takeover; client_no_context_takeover";

    private const string Name = "permessage-deflate";

    /// <summary>Whether one of the offers can be agreed to.</summary>
    internal static bool IsIn(StringValues extensions)
    {
        foreach (var header in extensions)
        {
            if (header?.Split(',').Any(IsAgreeable) == true)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsAgreeable(string offer)
    {
        var parts = offer.Split(';', StringSplitOptions.TrimEntries);
        var parameters = new HashSet<string>(StringComparer.Ordinal);
        return parts[0] == Name && parts.Skip(1).All(part =>
        {
            var (name, value) = part.Split('=', 2, StringSplitOptions.TrimEntries) is [var before, var after] ? (before, after.Trim('"')) : (part, null);
            return parameters.Add(name) && name switch
            {
                "server_no_context_takeover" or "client_no_context_takeover" => value is null,
                "client_max_window_bits" => value is null || IsWindow(value),

                // Ours is 15 bits: a smaller one cannot be promised.
                "server_max_window_bits" => value == "15",
                _ => false,
            };
        });
    }

    private static bool IsWindow(string value) => value is "8" or "9" or "10" or "11" or "12" or "13" or "14" or "15";
}
