using System.Security.Cryptography;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>Makes the ids of occupants: the same for a user whenever he enters a room, another in each room, and nobody finds his address by it (XEP-0421 §4.1).</summary>
/// <remarks>HMAC-SHA-256 of room and user, by a secret of the service's that is made once and kept.</remarks>
internal sealed class OccupantIds(ISettingStore settings)
{
    private const int Length = 32;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Jid, byte[]> _secrets = new();

    /// <summary>Has a service's secret at hand. To be awaited before ids are asked for.</summary>
    internal async ValueTask PrepareAsync(Jid service, CancellationToken cancellationToken)
    {
        if (!_secrets.ContainsKey(service))
        {
            var secret = await settings.GetOrAddAsync($"muc-occupant-id/{service.Domain}", static () => RandomNumberGenerator.GetBytes(Length), cancellationToken);
            _secrets.TryAdd(service, secret.ToArray());
        }
    }

    /// <summary>The id of a user in a room: 40 hexadecimal digits.</summary>
    internal string Of(Jid room, Jid user)
    {
        var bare = user.Bare.Utf8;
        Span<byte> content = new byte[room.Utf8.Length + 1 + bare.Length];
        room.Utf8.CopyTo(content);
        bare.CopyTo(content[(room.Utf8.Length + 1)..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_secrets[room.DomainJid], content, hash);
        return Convert.ToHexStringLower(hash[..20]);
    }
}
