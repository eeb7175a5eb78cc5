using System.Text;
using Parley.Protocol.Addressing;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IAccountDocumentStore"/> does.</summary>
public abstract class AccountDocumentStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private IAccountDocumentStore Documents => Store<IAccountDocumentStore>();

    [Fact]
    public async Task A_missing_document_is_not_an_empty_one()
    {
        await Set(Juliet, "private", "empty", "");

        Assert.Null(await Get(Juliet, "private", "missing"));
        Assert.Equal("", await Get(Juliet, "private", "empty"));
    }

    [Fact]
    public async Task Account_kind_and_key_name_a_document()
    {
        await Set(Juliet, "private", "a", "1");
        await Set(Juliet, "private", "A", "2");
        await Set(Juliet, "vcard", "a", "3");
        await Set(Romeo, "private", "a", "4");

        Assert.Equal("1", await Get(Juliet, "private", "a"));
        Assert.Equal("2", await Get(Juliet, "private", "A"));
        Assert.Equal("3", await Get(Juliet, "vcard", "a"));
        Assert.Equal("4", await Get(Romeo, "private", "a"));
        Assert.Null(await Get(Romeo, "vcard", "a"));
    }

    [Fact]
    public async Task A_name_may_be_long()
    {
        var random = new Random(1);
        string[] names = [.. Enumerable.Range(0, 2).Select(_ => new string([.. Enumerable.Range(0, 20_000).Select(_ => (char)random.Next('a', 'z' + 1))]))];
        await Set(Juliet, "private", names[0], "1");
        await Set(Juliet, "private", names[1], "2");
        await Set(Juliet, "private", names[0], "3");

        Assert.Equal("3", await Get(Juliet, "private", names[0]));
        Assert.Equal("2", await Get(Juliet, "private", names[1]));
    }

    [Theory]
    [InlineData("{urn:example:names}storage")]
    [InlineData("'; DROP TABLE account; --")]
    [InlineData("")]
    public async Task Any_text_is_a_key(string key)
    {
        await Set(Juliet, "private", key, "content");

        Assert.Equal("content", await Get(Juliet, "private", key));
    }

    [Fact]
    public async Task A_document_is_replaced_also_at_the_limit()
    {
        Assert.True(await Set(Juliet, "private", "a", "old", limit: 1));
        Assert.True(await Set(Juliet, "private", "a", "new", limit: 1));

        Assert.Equal("new", await Get(Juliet, "private", "a"));
    }

    [Fact]
    public async Task The_limit_counts_the_documents_of_a_kind()
    {
        Assert.True(await Set(Juliet, "private", "a", "1", limit: 2));
        Assert.True(await Set(Juliet, "private", "b", "2", limit: 2));
        Assert.False(await Set(Juliet, "private", "c", "3", limit: 2));
        Assert.True(await Set(Juliet, "vcard", "", "4", limit: 1));

        Assert.Null(await Get(Juliet, "private", "c"));
    }

    [Fact]
    public async Task A_removed_document_makes_room()
    {
        await Set(Juliet, "private", "a", "1", limit: 1);

        Assert.True(await Set(Juliet, "private", "a", null, limit: 1));
        Assert.True(await Set(Juliet, "private", "a", null, limit: 1));

        Assert.Null(await Get(Juliet, "private", "a"));
        Assert.True(await Set(Juliet, "private", "b", "2", limit: 1));
    }

    private ValueTask<bool> Set(Jid account, string kind, string key, string? document, int limit = 10) =>
        Documents.SetAsync(
            account, kind, key, document is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(document), limit, CancellationToken);

    private async Task<string?> Get(Jid account, string kind, string key) =>
        await Documents.GetAsync(account, kind, key, CancellationToken) is { } document ? Encoding.UTF8.GetString(document.Span) : null;
}
