using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

/// <summary>The numbers of archives' owners that a session remembers, at most 10,000: with more it begins anew.</summary>
/// <remarks>
/// A number is never used twice. When an owner is gone, the foreign key refuses a row with his number, and the session forgets what it remembers
/// before the write is tried again.
/// </remarks>
internal sealed class SqlArchiveOwners
{
    private const int MaxRemembered = 10_000;

    private static readonly SqlStatement Select = new("SELECT id FROM archive_owner WHERE address = @address");
    private static readonly SqlStatement Insert = new("""
        INSERT INTO archive_owner (address, domain, account, room)
            SELECT address, domain, address, NULL FROM account WHERE address = @address
            UNION ALL SELECT address, service, NULL, id FROM room WHERE address = @address
        ON CONFLICT (address) DO NOTHING
        """);

    private readonly Dictionary<Jid, long> _numbers = [];

    /// <summary>An owner's number, or null when he has no archive.</summary>
    public static long? Find(SqlSession session, Jid owner) => (long?)session.Scalar(Select, owner.Key);

    /// <summary>An owner's number, made when he has none; null when he is neither account nor room.</summary>
    public long? NumberOf(SqlSession session, Jid owner)
    {
        if (_numbers.TryGetValue(owner.Bare, out long known))
            return known;

        if (Find(session, owner) is not { } number)
        {
            session.Execute(Insert, owner.Key);
            if (Find(session, owner) is not { } made)
                return null;
            number = made;
        }

        if (_numbers.Count >= MaxRemembered)
            _numbers.Clear();
        _numbers.Add(owner.Bare, number);
        return number;
    }
}
