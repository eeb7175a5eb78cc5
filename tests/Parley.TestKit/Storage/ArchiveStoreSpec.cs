using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Storage;
using Xunit;

namespace Parley.TestKit.Storage;

/// <summary>What every <see cref="IArchiveStore"/> does.</summary>
public abstract class ArchiveStoreSpec<TBackend> : StorageSpec<TBackend>
    where TBackend : StorageBackend, new()
{
    private static readonly Jid Nurse = Jid.Parse("nurse@example.com");
    private static readonly Jid Balcony = Jid.Parse("juliet@example.com/balcony");
    private static readonly Jid Orchard = Jid.Parse("romeo@example.net/orchard");
    private static readonly Jid Mantua = Jid.Parse("romeo@example.net/mantua");
    private static readonly Jid Capulet = Jid.Parse("capulet@example.org/hall");

    private IArchiveStore Archives => Store<IArchiveStore>();

    [Fact]
    public async Task A_message_is_in_the_archives_of_both_its_owners()
    {
        byte[] stanza = "<message xmlns='jabber:client' id='a'/>"u8.ToArray();
        await Archives.AppendAsync(
            new ArchiveEntry(5, stanza.AsMemory(), "a", null, false, new(Juliet, Orchard), new(Romeo, Balcony)), CancellationToken);

        foreach (Jid owner in new[] { Juliet, Romeo, Balcony })
        {
            ArchivePage page = await Read(new(owner));
            Assert.Equal(stanza, Assert.Single(page.Messages).Stanza.ToArray());
            Assert.Equal(5, page.Messages[0].Id);
            Assert.Equal((true, 1L, 0L), (page.IsComplete, page.Count, page.FirstIndex));
            Assert.Equal(new ArchiveBounds(5, 5), await Archives.BoundsAsync(owner, CancellationToken));
        }
    }

    [Fact]
    public async Task A_slice_of_an_array_and_no_bytes_at_all_are_kept_as_they_are()
    {
        await Archives.AppendAsync(new ArchiveEntry(1, "<a/><b/>"u8.ToArray().AsMemory(4), null, "", false, new(Juliet, Romeo), null), CancellationToken);
        await Archives.AppendAsync(new ArchiveEntry(2, default, "", null, false, new(Juliet, Romeo), null), CancellationToken);
        await Archives.AppendAsync(new ArchiveEntry(3, new byte[100_000], null, new string('x', 50_000), false, new(Juliet, Romeo), null), CancellationToken);

        ArchivePage page = await Read(new(Juliet));
        Assert.Equal(new[] { "<b/>"u8.ToArray(), [], new byte[100_000] }, page.Messages.Select(static message => message.Stanza.ToArray()));
    }

    [Fact]
    public async Task What_nobody_waits_for_is_read_and_replaced_like_the_rest()
    {
        ValueTask fleeting = Archives.AppendAsync(
            new ArchiveEntry(1, "<message/>"u8.ToArray(), null, "hello", false, new(Juliet, Orchard), null) { IsFleeting = true }, CancellationToken);

        Assert.Single((await Read(new(Juliet))).Messages);
        Assert.Single((await Read(new(Juliet) { Text = "hello" })).Messages);
        Assert.True(await Archives.ReplaceAsync(Juliet, 1, "<gone/>"u8.ToArray(), CancellationToken));
        await fleeting;
    }

    [Fact]
    public async Task An_archive_that_nobody_has_is_empty()
    {
        ArchivePage page = await Read(new(Nurse));

        Assert.Empty(page.Messages);
        Assert.Equal((true, 0L, null), (page.IsComplete, page.Count, page.FirstIndex));
        Assert.Null(await Archives.BoundsAsync(Nurse, CancellationToken));
        Assert.Empty(await Archives.FindAsync(Nurse, [1], CancellationToken));
        Assert.Null(await Archives.FindByMessageIdAsync(Nurse, Romeo, "a", CancellationToken));
        Assert.False(await Archives.ReplaceAsync(Nurse, 1, default, CancellationToken));
        Assert.Equal(0, await Archives.TrimAsync(Nurse, 0, 10, CancellationToken));
        Assert.Equal(0, await Archives.HighestIdAsync(CancellationToken));
    }

    [Fact]
    public async Task An_owner_that_is_no_account_is_passed_over()
    {
        await Archives.AppendAsync(Entry(1, "hello", new(Nurse, Orchard), new(Romeo, Nurse)), CancellationToken);
        await Archives.AppendAsync(Entry(2, "hello", new(Nurse, Capulet), null), CancellationToken);
        await Archives.AppendAsync(Entry(3, "hello", new(Juliet, Nurse), new(Nurse, Balcony)), CancellationToken);

        await Finds([1L], new(Romeo) { Text = "hello" });
        await Finds([3L], new(Juliet) { Text = "hello" });
        Assert.Empty((await Read(new(Nurse))).Messages);
    }

    [Fact]
    public async Task To_append_an_id_again_changes_nothing()
    {
        await Archives.AppendAsync(Entry(1, "first", new(Juliet, Orchard), new(Romeo, Balcony)), CancellationToken);
        await Archives.AppendAsync(Entry(1, "second", new(Juliet, Capulet), new(Romeo, Capulet)), CancellationToken);

        await Finds([1L], new(Juliet) { Text = "first", With = Romeo });
        await Finds([], new(Juliet) { Text = "second" });
        await Finds([1L], new(Romeo) { With = Juliet });
    }

    [Fact]
    public async Task A_message_to_oneself_is_kept_once()
    {
        await Archives.AppendAsync(Entry(1, "note", new(Juliet, Juliet), new(Juliet, Juliet)), CancellationToken);

        await Finds([1L], new(Juliet) { Text = "note", With = Juliet });
        Assert.Equal(1, (await Read(new(Juliet))).Count);
    }

    [Fact]
    public async Task Pages_go_forwards_and_backwards()
    {
        await Fill(10);
        var query = new ArchiveQuery(Juliet);

        await Page(query, new(3), [1, 2, 3], isComplete: false, 0);
        await Page(query, new(3) { After = 3 }, [4, 5, 6], isComplete: false, 3);
        await Page(query, new(3) { After = 7 }, [8, 9, 10], isComplete: true, 7);
        await Page(query, new(3) { After = 10 }, [], isComplete: true, null);
        await Page(query, new(3) { FromEnd = true }, [8, 9, 10], isComplete: false, 7);
        await Page(query, new(3) { FromEnd = true, Before = 8 }, [5, 6, 7], isComplete: false, 4);
        await Page(query, new(3) { FromEnd = true, Before = 4 }, [1, 2, 3], isComplete: true, 0);
        await Page(query, new(3) { FromEnd = true, Before = 1 }, [], isComplete: true, null);
        await Page(query, new(3) { After = 2, Before = 9, FromEnd = true }, [6, 7, 8], isComplete: false, 5);
        await Page(query, new(3) { Index = 4 }, [5, 6, 7], isComplete: false, 4);
        await Page(query, new(3) { Index = 10 }, [], isComplete: true, null);
        await Page(query, new(3) { Index = 20_000 }, [], isComplete: true, null);
        await Page(query, new(100), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], isComplete: true, 0);
        await Page(query, new(int.MaxValue), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], isComplete: true, 0);
        await Page(query, new(0), [], isComplete: false, null);
        await Page(query, new(5) { After = long.MaxValue }, [], isComplete: true, null);
        await Page(query, new(5) { Before = long.MinValue, FromEnd = true }, [], isComplete: true, null);

        async Task Page(ArchiveQuery query, ArchivePaging paging, long[] ids, bool isComplete, long? firstIndex)
        {
            ArchivePage page = await Archives.ReadAsync(query, paging, CancellationToken);
            Assert.Equal(ids, page.Messages.Select(static message => message.Id));
            Assert.Equal((isComplete, 10L, firstIndex), (page.IsComplete, page.Count, page.FirstIndex));
        }
    }

    [Fact]
    public async Task A_range_and_ids_narrow_the_result()
    {
        await Fill(10);

        await Finds([3L, 4, 5], new(Juliet) { FromId = 3, ToId = 5 });
        await Finds([2L, 9], new(Juliet) { Ids = [9, 2, 77, -1] });
        await Finds([], new(Juliet) { Ids = [] });
        await Finds([9L], new(Juliet) { Ids = [9, 2], FromId = 3 });
        Assert.Equal([1L, 10], (await Archives.FindAsync(Juliet, [1, 10, 11, long.MinValue], CancellationToken)).Order());
        await Finds([4L, 5], new(Juliet) { FromId = 3, ToId = 5 }, new(10) { After = 3 });
        Assert.Equal(1000, (await Read(new(Juliet) { Ids = [.. Enumerable.Range(1, 1000).Select(static id => (long)id)] }, new(1000))).Count + 990);
    }

    [Fact]
    public async Task With_an_address_comes_what_was_exchanged_with_it()
    {
        await Append(1, new(Juliet, Orchard));
        await Append(2, new(Juliet, Mantua));
        await Append(3, new(Juliet, Romeo));
        await Append(4, new(Juliet, Capulet));

        await Finds([1L, 2, 3], new(Juliet) { With = Romeo });
        await Finds([2L], new(Juliet) { With = Mantua });
        ArchivePage page = await Read(new(Juliet) { With = Orchard }, new(0));
        Assert.Equal((1L, false), (page.Count, page.IsComplete));
        await Finds([], new(Juliet) { With = Nurse });
        await Finds([2L, 3], new(Juliet) { With = Romeo }, new(2) { FromEnd = true });
    }

    [Fact]
    public async Task Messages_out_of_rooms_can_be_left_out()
    {
        await Append(1, new(Juliet, Capulet), isGroupChat: true);
        await Append(2, new(Juliet, Capulet));
        await Append(3, new(Juliet, Romeo), isGroupChat: true);

        await Finds([1L, 2, 3], new(Juliet));
        ArchivePage page = await Read(new(Juliet) { IncludeGroupChat = false });
        Assert.Equal((2L, 1L, 0L), (Assert.Single(page.Messages).Id, page.Count, page.FirstIndex));
        await Finds([2L], new(Juliet) { IncludeGroupChat = false, With = Capulet });
    }

    [Fact]
    public async Task Words_find_the_texts_that_have_all_of_them()
    {
        await Archives.AppendAsync(Entry(1, "What light through yonder window breaks?", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken);
        await Archives.AppendAsync(Entry(2, "It is the east, and Juliet is the sun. Ça brûle: 42 élèves.", new(Juliet, Romeo), null), CancellationToken);
        await Archives.AppendAsync(Entry(3, "light light light", new(Romeo, Capulet), null), CancellationToken);

        await Finds([1L], new(Juliet) { Text = "light" });
        await Finds([1L, 3], new(Romeo) { Text = "LIGHT" });
        await Finds([3L], new(Romeo) { Text = "light", With = Capulet });
        await Finds([3L], new(Romeo) { Text = "light" }, new(1) { After = 1 });
        await Finds([1L], new(Juliet) { Text = "breaks yonder" });
        await Finds([], new(Juliet) { Text = "yonder sun" });
        await Finds([2L], new(Juliet) { Text = "ca BRULE eleves 42" });
        await Finds([2L], new(Juliet) { Text = "brûle" });
        await Finds([], new(Juliet) { Text = "ligh" });
        await Finds([1L], new(Juliet) { Text = "light", Ids = [1, 2], FromId = 1, ToId = 1, IncludeGroupChat = false });
        Assert.Equal((1L, 0L), ((await Read(new(Juliet) { Text = "light" })).Count, (await Read(new(Juliet) { Text = "light" })).FirstIndex));
    }

    [Theory]
    [InlineData("light\" OR \"sun", false)]
    [InlineData("sun OR moon", false)]
    [InlineData("lig*", false)]
    [InlineData("light NOT moon", false)]
    [InlineData("NEAR(light sun)", false)]
    [InlineData("\"light\"", true)]
    [InlineData("-light", true)]
    [InlineData("^light + sun", true)]
    [InlineData("{body} : light", false)]
    [InlineData("owners:light", false)]
    [InlineData("'; DROP TABLE archive; --", false)]
    [InlineData("light\0sun", true)]
    [InlineData("(((light)))", true)]
    [InlineData("*", false)]
    [InlineData("\"", false)]
    [InlineData("", false)]
    [InlineData("\u0301", false)]
    [InlineData("light \ud83d\ude00", true)]
    [InlineData("light \ud800", true)]
    [InlineData("o1", false)]
    [InlineData("o2", false)]
    public async Task No_character_of_a_search_means_anything_but_itself(string text, bool finds)
    {
        await Archives.AppendAsync(Entry(1, "light and sun", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken);

        await Finds(finds ? [1L] : [], new(Juliet) { Text = text });
    }

    [Fact]
    public async Task A_search_for_very_many_words_is_answered()
    {
        string words = string.Join(' ', Enumerable.Range(0, 10_000).Select(static number => $"w{number}"));
        await Archives.AppendAsync(Entry(1, words, new(Juliet, Romeo), null), CancellationToken);

        await Finds([1L], new(Juliet) { Text = words });
    }

    [Theory]
    [InlineData("'; DROP TABLE archive; --")]
    [InlineData("a'\"\\b\ud83d\ude00")]
    [InlineData("  x ")]
    public async Task The_newest_message_of_an_id_attribute_is_found(string messageId)
    {
        await Archives.AppendAsync(Identified(1, messageId, Orchard), CancellationToken);
        await Archives.AppendAsync(Identified(2, messageId, Mantua), CancellationToken);
        await Archives.AppendAsync(Identified(3, messageId, Capulet), CancellationToken);
        await Archives.AppendAsync(Identified(4, "another", Orchard), CancellationToken);
        await Append(5, new(Juliet, Orchard));

        Assert.Equal(2, (await Archives.FindByMessageIdAsync(Juliet, Romeo, messageId, CancellationToken))?.Id);
        Assert.Equal(3, (await Archives.FindByMessageIdAsync(Juliet, Capulet.Bare, messageId, CancellationToken))?.Id);
        Assert.Null(await Archives.FindByMessageIdAsync(Juliet, Nurse, messageId, CancellationToken));
        Assert.Null(await Archives.FindByMessageIdAsync(Romeo, Juliet, messageId, CancellationToken));
        Assert.Null(await Archives.FindByMessageIdAsync(Juliet, Romeo, messageId + "x", CancellationToken));
    }

    [Fact]
    public async Task A_tombstone_takes_the_place_and_the_text_of_a_message_in_one_archive()
    {
        await Archives.AppendAsync(Entry(1, "secret", new(Juliet, Orchard), new(Romeo, Balcony)), CancellationToken);

        Assert.True(await Archives.ReplaceAsync(Juliet, 1, "<gone/>"u8.ToArray(), CancellationToken));
        Assert.False(await Archives.ReplaceAsync(Juliet, 2, "<gone/>"u8.ToArray(), CancellationToken));

        Assert.Equal("<gone/>"u8.ToArray(), Assert.Single((await Read(new(Juliet) { With = Romeo })).Messages).Stanza.ToArray());
        await Finds([], new(Juliet) { Text = "secret" });
        await Finds([1L], new(Romeo) { Text = "secret" });
        Assert.NotEqual("<gone/>"u8.ToArray(), Assert.Single((await Read(new(Romeo))).Messages).Stanza.ToArray());

        Assert.True(await Archives.ReplaceAsync(Romeo, 1, "<gone/>"u8.ToArray(), CancellationToken));
        Assert.True(await Archives.ReplaceAsync(Romeo, 1, "<gone/>"u8.ToArray(), CancellationToken));
        await Finds([], new(Romeo) { Text = "secret" });
    }

    [Fact]
    public async Task A_read_sees_what_was_called_for_before_it()
    {
        for (int id = 1; id <= 200; id++)
        {
            ValueTask append = Archives.AppendAsync(Entry(id, "word", new(Juliet, Orchard), new(Romeo, Balcony)), CancellationToken);
            ValueTask<bool> replaced = Archives.ReplaceAsync(Romeo, id, "<gone/>"u8.ToArray(), CancellationToken);
            ValueTask<ArchivePage> first = Read(new(Juliet) { Text = "word" }, new(1) { FromEnd = true });
            ValueTask<ArchivePage> second = Read(new(Romeo), new(1) { FromEnd = true });
            Assert.Equal(id, Assert.Single((await first).Messages).Id);
            Assert.Equal("<gone/>"u8.ToArray(), Assert.Single((await second).Messages).Stanza.ToArray());
            await append;
            Assert.True(await replaced);
        }
    }

    [Fact]
    public async Task Old_messages_of_a_domain_go_step_by_step()
    {
        await Store<IAccountStore>().CreateAsync(Nurse, Credentials(), CancellationToken);
        for (long id = 1; id <= 6; id++)
            await Archives.AppendAsync(Entry(id, "old", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken);
        for (long id = 7; id <= 9; id++)
            await Archives.AppendAsync(Entry(id, "old", new(Nurse, Juliet), new(Juliet, Nurse)), CancellationToken);

        Assert.Equal(0, await Archives.RemoveOldAsync("example.com", 1, 100, CancellationToken));
        Assert.Equal(0, await Archives.RemoveOldAsync("example.com", long.MinValue, 100, CancellationToken));
        Assert.Equal(0, await Archives.RemoveOldAsync("'; DROP TABLE archive; --", 100, 100, CancellationToken));
        Assert.Equal(2, await Archives.RemoveOldAsync("example.com", 9, 2, CancellationToken));
        await Finds([3L, 4, 5, 6, 7, 8, 9], new(Juliet));
        Assert.Equal(7, await Archives.RemoveOldAsync("example.com", 9, 7, CancellationToken));
        Assert.Equal(1, await Archives.RemoveOldAsync("example.com", 9, 7, CancellationToken));
        Assert.Equal(0, await Archives.RemoveOldAsync("example.com", 9, 7, CancellationToken));

        await Finds([9L], new(Juliet) { Text = "old" });
        await Finds([9L], new(Nurse) { Text = "old" });
        await Finds([1L, 2, 3, 4, 5, 6], new(Romeo) { Text = "old" });
    }

    [Fact]
    public async Task An_archive_is_trimmed_to_its_newest_messages()
    {
        await Fill(600);

        Assert.Equal(0, await Archives.TrimAsync(Juliet, 600, 100, CancellationToken));
        Assert.Equal(100, await Archives.TrimAsync(Juliet, 10, 100, CancellationToken));
        Assert.Equal(new ArchiveBounds(101, 600), await Archives.BoundsAsync(Juliet, CancellationToken));
        Assert.Equal(490, await Archives.TrimAsync(Juliet, 10, int.MaxValue, CancellationToken));
        Assert.Equal(0, await Archives.TrimAsync(Juliet, 10, 100, CancellationToken));
        Assert.Equal(new ArchiveBounds(591, 600), await Archives.BoundsAsync(Juliet, CancellationToken));
        Assert.Equal(10, (await Read(new(Juliet) { Text = "text" })).Count);
    }

    [Fact]
    public async Task The_owners_of_a_domain_are_listed_by_the_page()
    {
        Jid[] many = [.. Enumerable.Range(10, 7).Select(static number => Jid.Parse($"user{number}@example.org"))];
        foreach (Jid owner in many)
        {
            await Store<IAccountStore>().CreateAsync(owner, Credentials(), CancellationToken);
            await Append(1, new(owner, Romeo));
        }

        await Append(2, new(Juliet, Romeo));

        Assert.Equal(many[..3], await Archives.OwnersAsync("example.org", null, 3, CancellationToken));
        Assert.Equal(many[3..], await Archives.OwnersAsync("example.org", many[2], 100, CancellationToken));
        Assert.Empty(await Archives.OwnersAsync("example.org", many[^1], 100, CancellationToken));
        Assert.Empty(await Archives.OwnersAsync("nowhere.example", null, 100, CancellationToken));
    }

    [Fact]
    public async Task Whoever_registers_a_removed_name_finds_and_gets_nothing_of_its_former_owner()
    {
        for (long id = 1; id <= 300; id++)
            await Archives.AppendAsync(Entry(id, "former", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken);
        Assert.True(await Store<IAccountStore>().RemoveAsync(Juliet, CancellationToken));
        await Archives.AppendAsync(Entry(301, "between", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken);
        Assert.True(await Store<IAccountStore>().CreateAsync(Juliet, Credentials(), CancellationToken));

        Assert.Empty((await Read(new(Juliet))).Messages);
        await Finds([], new(Juliet) { Text = "former" });
        Assert.Equal(301, (await Read(new(Romeo))).Count);
        Assert.Equal(300, (await Read(new(Romeo) { Text = "former" })).Count);

        await Archives.AppendAsync(Entry(302, "later", new(Romeo, Juliet), new(Juliet, Romeo)), CancellationToken);
        await Finds([302L], new(Juliet));
        await Finds([302L], new(Juliet) { Text = "later" });
    }

    [Fact]
    public async Task An_account_removed_and_made_again_among_appends_gets_only_what_came_after()
    {
        var appends = new List<Task>();
        IAccountStore accounts = Store<IAccountStore>();
        await Append(1, new(Juliet, Romeo));
        for (long id = 2; id < 50; id++)
            appends.Add(Archives.AppendAsync(Entry(id, "before", new(Romeo, Juliet), new(Juliet, Romeo)), CancellationToken).AsTask());
        Assert.True(await accounts.RemoveAsync(Juliet, CancellationToken));
        Task<bool> made = accounts.CreateAsync(Juliet, Credentials(), CancellationToken).AsTask();
        for (long id = 50; id < 100; id++)
            appends.Add(Archives.AppendAsync(Entry(id, "after", new(Juliet, Romeo), new(Romeo, Juliet)), CancellationToken).AsTask());
        await Task.WhenAll(appends);
        Assert.True(await made);

        Assert.Equal(50, (await Read(new(Juliet))).Count);
        Assert.Equal(50, (await Read(new(Juliet) { Text = "after" })).Count);
        Assert.Equal(98, (await Read(new(Romeo))).Count);
    }

    [Fact]
    public async Task The_highest_id_is_that_of_all_archives()
    {
        await Append(70, new(Romeo, Juliet));
        await Append(60, new(Juliet, Romeo));

        Assert.Equal(70, await Archives.HighestIdAsync(CancellationToken));
    }

    [Fact]
    public async Task More_than_ten_thousand_are_not_counted()
    {
        await Fill(10_000);
        Assert.Equal(10_000, (await Read(new(Juliet), new(1))).Count);
        Assert.Equal(5_000, (await Read(new(Juliet), new(1) { After = 5_000 })).FirstIndex);

        await Append(10_001, new(Juliet, Romeo));
        ArchivePage page = await Read(new(Juliet), new(1) { After = 5_000 });
        Assert.Equal((null, null), (page.Count, page.FirstIndex));
        Assert.Equal(5_001, Assert.Single(page.Messages).Id);
        Assert.Equal(9_000, (await Read(new(Juliet) { FromId = 1_002 }, new(1) { FromEnd = true })).Count);
        Assert.Equal(10_001, Assert.Single((await Read(new(Juliet), new(1) { Index = 10_000 })).Messages).Id);
    }

    private static ArchiveEntry Entry(long id, string? text, ArchivePlace first, ArchivePlace? second, bool isGroupChat = false) =>
        new(id, Encoding.UTF8.GetBytes($"<message xmlns='jabber:client' id='m{id}'><body>{id}</body></message>"), $"m{id}", text, isGroupChat, first, second);

    private static ArchiveEntry Identified(long id, string messageId, Jid with) => new(
        id,
        Stanza.Create(StanzaKind.Message, StanzaType.None, null, null, messageId).ToBytes(),
        messageId,
        null,
        false,
        new(Juliet, with),
        null);

    private Task Append(long id, ArchivePlace place, bool isGroupChat = false) =>
        Archives.AppendAsync(Entry(id, null, place, null, isGroupChat), CancellationToken).AsTask();

    private Task Fill(int count) => Task.WhenAll(Enumerable.Range(1, count).Select(id =>
        Archives.AppendAsync(Entry(id, "text", new(Juliet, Orchard), null), CancellationToken).AsTask()));

    private ValueTask<ArchivePage> Read(ArchiveQuery query, ArchivePaging? paging = null) =>
        Archives.ReadAsync(query, paging ?? new ArchivePaging(100), CancellationToken);

    private async Task Finds(long[] ids, ArchiveQuery query, ArchivePaging? paging = null) =>
        Assert.Equal(ids, (await Read(query, paging)).Messages.Select(static message => message.Id));
}
