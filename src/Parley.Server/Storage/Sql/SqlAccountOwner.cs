using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.Sql;

/// <summary>What the stores say about the account that owns a row.</summary>
internal static class SqlAccountOwner
{
    /// <summary>About what a row costs in memory beside its payload, for the bound of the write queue.</summary>
    public const int RowBytes = 256;

    private static readonly SqlStatement Exists = new("SELECT 1 FROM account WHERE address = @account");

    extension(Jid account)
    {
        /// <summary>The address under which the account's rows are found.</summary>
        public string Key => account.Bare.ToString();
    }

    extension(SqlSession session)
    {
        public bool HasAccount(Jid account) => session.Scalar(Exists, account.Key) is not null;

        /// <summary>Refuses to keep anything for an account that does not exist.</summary>
        /// <exception cref="AccountNotFoundException">There is no such account.</exception>
        public void RequireAccount(Jid account)
        {
            if (!session.HasAccount(account))
                throw new AccountNotFoundException(account.Bare);
        }
    }
}
