using Parley.Protocol.Addressing;

namespace Parley.Server.Storage.InMemory;

/// <summary>A row of an archive.</summary>
/// <param name="With">The other end.</param>
/// <param name="MessageId">The id attribute of its envelope.</param>
/// <param name="Words">The words of its text, folded; null when it has none.</param>
/// <param name="IsGroupChat">Whether it came out of a room.</param>
/// <param name="Message">The message.</param>
internal sealed record InMemoryArchivedMessage(Jid With, string? MessageId, IReadOnlySet<string>? Words, bool IsGroupChat, ArchivedMessage Message)
{
    public long Id => Message.Id;

    public bool Fits(ArchiveQuery query, IReadOnlyList<string>? sought) =>
        Id >= query.FromId
        && Id <= query.ToId
        && (query.With is not { } with || (with.IsFull ? With == with : With.Bare == with))
        && (query.IncludeGroupChat || !IsGroupChat)
        && query.Ids?.Contains(Id) != false
        && (sought is null || (sought.Count > 0 && Words is not null && sought.All(Words.Contains)));
}
