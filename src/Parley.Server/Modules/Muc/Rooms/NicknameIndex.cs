namespace Parley.Server.Modules.Muc.Rooms;

/// <summary>What belongs to nicknames, found by these and by those that are too much like them (<see cref="Nicknames"/>). Used in the room's turn alone.</summary>
/// <remarks>Two nicknames are too much alike when they are equal as they are read, or as they look: what is like both of two others may find either.</remarks>
/// <typeparam name="T">What belongs to a nickname.</typeparam>
internal sealed class NicknameIndex<T>
    where T : class
{
    private readonly Dictionary<string, T> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, T> _byLook = new(StringComparer.Ordinal);

    /// <summary>Sets what belongs to a nickname.</summary>
    internal void Set(string nickname, T value)
    {
        _byKey[Nicknames.Key(nickname)] = value;
        _byLook[Nicknames.Look(nickname)] = value;
    }

    /// <summary>Forgets what belongs to a nickname, where it is this.</summary>
    internal void Remove(string nickname, T value)
    {
        Remove(_byKey, Nicknames.Key(nickname), value);
        Remove(_byLook, Nicknames.Look(nickname), value);
    }

    /// <summary>What belongs to this nickname or else to one that is too much like it; null when there is none.</summary>
    internal T? Find(string nickname) => _byKey.GetValueOrDefault(Nicknames.Key(nickname)) ?? _byLook.GetValueOrDefault(Nicknames.Look(nickname));

    /// <summary>Whether this nickname, or one that is too much like it, belongs to something else than to what fits.</summary>
    internal bool IsTaken(string nickname, Func<T, bool> fits) => IsOther(_byKey, Nicknames.Key(nickname), fits) || IsOther(_byLook, Nicknames.Look(nickname), fits);

    private static bool IsOther(Dictionary<string, T> values, string key, Func<T, bool> fits) => values.TryGetValue(key, out var value) && !fits(value);

    private static void Remove(Dictionary<string, T> values, string key, T value)
    {
        if (values.TryGetValue(key, out var known) && known.Equals(value))
        {
            values.Remove(key);
        }
    }
}
