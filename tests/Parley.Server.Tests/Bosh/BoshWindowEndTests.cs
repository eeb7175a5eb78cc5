using System.Security.Cryptography;
using System.Text;
using Parley.Server.Connections.Bosh;
using Xunit;
using static Parley.Server.Tests.Bosh.WindowFixture;

namespace Parley.Server.Tests.Bosh;

/// <summary>Silence, pauses, the end, keys, and what is known of answers (XEP-0124 §9, §10, §13, §15, §17).</summary>
public sealed class BoshWindowEndTests
{
    [Fact]
    public void A_client_without_a_request_is_silent()
    {
        var window = new WindowFixture();
        Assert.True(window.Pass(30));
        Assert.False(window.Pass(1));
    }

    [Fact]
    public void A_client_whose_request_is_held_is_not_silent()
    {
        var window = new WindowFixture();
        window.Send(First + 1);
        Assert.True(window.Pass(59 + 30));
        Assert.False(window.Pass(3));
    }

    [Fact]
    public void A_client_whose_connection_is_lost_is_silent()
    {
        var window = new WindowFixture();
        window.Send(First + 1, isGone: () => true);
        Assert.True(window.Pass(31));
        Assert.False(window.Pass(1));
    }

    [Fact]
    public void A_pause_answers_all_and_gives_time()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        var pause = window.Send(First + 2, "pause='120'");
        Assert.Equal("<body/>", Text(held));
        Assert.Equal("<body/>", Text(pause));
        Assert.True(window.Pass(119));

        // The next request ends it.
        window.Send(First + 3);
        window.Answer(Stanza);
        Assert.True(window.Pass(30));
        Assert.False(window.Pass(1));
    }

    [Fact]
    public void A_pause_may_be_shorter_than_the_time_of_inactivity()
    {
        var window = new WindowFixture();
        window.Send(First + 1, "pause='10'");
        Assert.True(window.Pass(10));
        Assert.False(window.Pass(1));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(301, false)]
    [InlineData(2_000_000_000, false)]
    public void A_pause_that_is_too_long_is_none(int seconds, bool isOne)
    {
        var window = new WindowFixture();
        var pause = window.Send(First + 1, $"pause='{seconds}'");
        Assert.Equal(isOne ? "<body/>" : null, Text(pause));
    }

    [Fact]
    public void The_oldest_request_is_told_that_the_session_has_ended()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        var end = window.Send(First + 2, "type='terminate'", "<presence type='unavailable' xmlns='jabber:client'/>");
        Assert.Equal("<body type='terminate'/>", Text(held));
        Assert.Equal("<body/>", Text(end));
        Assert.Contains(First + 2, window.HandledRids);
    }

    [Fact]
    public void A_request_that_ends_the_session_alone_is_told_so()
    {
        var window = new WindowFixture();
        Assert.Equal("<body type='terminate'/>", Text(window.Send(First + 1, "type='terminate'")));
    }

    [Fact]
    public void When_the_server_stops_all_are_told()
    {
        var window = new WindowFixture("wait='60' hold='2' ver='1.6'");
        BoshExchange[] held = [window.Send(First + 1, content: Stanza), window.Send(First + 2, content: Stanza)];
        window.End(BoshCondition.SystemShutdown, null);
        Assert.All(held, exchange => Assert.Equal("<body type='terminate' condition='system-shutdown'/>", Text(exchange)));
    }

    [Theory]
    [InlineData(BoshCondition.BadRequest, 400)]
    [InlineData(BoshCondition.PolicyViolation, 403)]
    [InlineData(BoshCondition.ItemNotFound, 404)]
    [InlineData(BoshCondition.SystemShutdown, 200)]
    [InlineData(BoshCondition.RemoteStreamError, 200)]
    [InlineData(BoshCondition.InternalServerError, 200)]
    public void A_legacy_client_gets_a_status(BoshCondition condition, int status)
    {
        var window = new WindowFixture("wait='60' hold='1'");
        var held = window.Send(First + 1);
        window.End(condition, null);
        Assert.Equal(status, held.Answer!.Status);
        Assert.Equal(status != 200, held.Answer.Body.Length == 0);
    }

    [Fact]
    public void Each_request_carries_the_next_key()
    {
        var keys = Keys("seed", 5);
        var window = new WindowFixture(newKey: keys[4]);
        window.Send(First + 1, $"key='{keys[3]}'", Stanza);
        window.Send(First + 2, $"key='{keys[2].ToUpperInvariant()}'", Stanza);
        Assert.Equal([First, First + 1, First + 2], window.HandledRids);

        var others = Keys("another seed", 3);
        window.Send(First + 3, $"key='{keys[1]}' newkey='{others[2]}'", Stanza);
        window.Send(First + 4, $"key='{others[1]}'", Stanza);
        Assert.Equal(5, window.HandledRids.Count);
        Assert.Null(window.Ended);
    }

    [Theory]
    [InlineData("")]
    [InlineData("key=''")]
    [InlineData("key='6f825e81f4532b2c5fa2d12457d8a1f22e8f838e'")]
    [InlineData("newkey='6f825e81f4532b2c5fa2d12457d8a1f22e8f838e'")]
    public void A_request_without_the_key_is_not_handled(string attributes)
    {
        var window = new WindowFixture(newKey: Keys("seed", 5)[4]);
        var wrong = window.Send(First + 1, attributes, Stanza);
        Assert.Equal("<body type='terminate' condition='item-not-found'/>", Text(wrong));
        Assert.Equal([First], window.HandledRids);
    }

    [Fact]
    public void Keys_count_in_the_order_of_requests()
    {
        var keys = Keys("seed", 5);
        var window = new WindowFixture(newKey: keys[4]);
        window.Send(First + 2, $"key='{keys[2]}'", Stanza);
        window.Send(First + 1, $"key='{keys[3]}'", Stanza);
        Assert.Equal([First, First + 1, First + 2], window.HandledRids);
        Assert.Null(window.Ended);
    }

    [Fact]
    public void Answers_say_which_requests_were_received_where_that_is_news()
    {
        var window = new WindowFixture("wait='60' hold='1' ver='1.6' ack='1'");
        Assert.Equal($"<body ack='{First}' xmlns:stream='http://etherx.jabber.org/streams'><stream:features/></body>", Text(window.Created));
        var held = window.Send(First + 1);
        var sending = window.Send(First + 2, content: Stanza);
        Assert.Equal($"<body ack='{First + 2}'/>", Text(held));
        window.Answer(Stanza);
        Assert.Equal($"<body>{Stanza}</body>", Text(sending));
    }

    [Fact]
    public void A_client_that_misses_an_answer_is_told_that_there_was_one()
    {
        var window = new WindowFixture("wait='60' hold='1' ver='1.6' ack='1'");
        window.Send(First + 1);
        window.Answer(Stanza);
        window.Time.Advance(TimeSpan.FromMilliseconds(852));
        var next = window.Send(First + 2, $"ack='{First}'", Stanza);
        Assert.Equal($"<body report='{First + 1}' time='852'/>", Text(next));
        Assert.Equal($"<body>{Stanza}</body>", Text(window.Send(First + 1)));

        // Once is enough.
        Assert.Null(Text(window.Send(First + 3, $"ack='{First}'", Stanza)));
    }

    [Fact]
    public void An_answer_that_may_be_on_its_way_is_not_reported()
    {
        var window = new WindowFixture("wait='60' hold='1' ver='1.6' ack='1'");
        window.Send(First + 1);
        window.Answer(Stanza);
        window.Time.Advance(TimeSpan.FromMilliseconds(499));
        Assert.Null(Text(window.Send(First + 2, $"ack='{First}'", Stanza)));
    }

    [Fact]
    public void Output_has_arrived_when_the_client_says_so()
    {
        var window = new WindowFixture("wait='60' hold='1' ver='1.6' ack='1'");
        window.Send(First + 1);
        Assert.Equal(1, window.Confirmed);
        window.Answer(Stanza);
        window.Send(First + 2, $"ack='{First}'", Stanza);
        Assert.Equal(1, window.Confirmed);
        window.Answer(Stanza);
        window.Send(First + 3, $"ack='{First + 1}'", Stanza);
        Assert.Equal(2, window.Confirmed);

        // Saying nothing is saying that all has.
        window.Answer(Stanza);
        window.Send(First + 4, content: Stanza);
        Assert.Equal(4, window.Confirmed);
    }

    [Fact]
    public void Output_has_arrived_when_the_client_could_not_go_on_without_it()
    {
        var window = new WindowFixture();
        window.Send(First + 1, content: Stanza);
        window.Answer(Stanza);
        window.Send(First + 2, content: Stanza);
        Assert.Equal(1, window.Confirmed);
        window.Answer(Stanza);
        window.Send(First + 3, content: Stanza);
        Assert.Equal(2, window.Confirmed);
        window.Answer(Stanza);

        // It may have but one request under way that brings nothing.
        window.Send(First + 4);
        Assert.Equal(4, window.Confirmed);
    }

    [Fact]
    public void Output_given_out_after_a_request_has_arrived_is_not_known_by_it_to_have_arrived()
    {
        var window = new WindowFixture("wait='60' hold='2' ver='1.6'");
        window.Send(First + 1, content: Stanza);
        var early = window.Begin(First + 2, "type='terminate'");
        window.Answer(Stanza);
        window.Handle();
        Assert.Equal(1, window.Confirmed);
        Assert.NotNull(early.Answer);
    }

    [Fact]
    public void Of_answers_only_so_many_bytes_are_kept_but_always_the_last()
    {
        var window = new WindowFixture(maxKeptBytes: 1000);
        var large = new string('x', 900);
        window.Send(First + 1);
        window.Answer($"<a>{large}</a>");
        window.Send(First + 2);
        window.Answer($"<b>{large}{large}</b>");
        Assert.NotNull(Text(window.Send(First + 2)));
        Assert.Equal("<body type='terminate' condition='item-not-found'/>", Text(window.Send(First + 1)));
    }

    private static string[] Keys(string seed, int count)
    {
        var keys = new string[count];
        for (var i = 0; i < count; i++)
        {
#pragma warning disable CA5350 // The protocol's hash.
            keys[i] = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(i == 0 ? seed : keys[i - 1])));
#pragma warning restore CA5350
        }

        return keys;
    }
}
