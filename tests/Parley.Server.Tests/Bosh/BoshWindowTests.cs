using Parley.Server.Connections.Bosh;
using Xunit;
using static Parley.Server.Tests.Bosh.WindowFixture;

namespace Parley.Server.Tests.Bosh;

/// <summary>Which requests are handled, held and answered, and in which order (XEP-0124 §8, §11, §12, §14).</summary>
public sealed class BoshWindowTests
{
    [Fact]
    public void A_request_is_held_until_there_is_something_to_say()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        Assert.Null(Text(held));
        window.Answer(Stanza);
        Assert.Equal($"<body>{Stanza}</body>", Text(held));
    }

    [Fact]
    public void A_request_is_answered_before_the_wait_is_over()
    {
        var window = new WindowFixture("wait='10' hold='1' ver='1.6'");
        var held = window.Send(First + 1);
        Assert.True(window.Pass(8));
        Assert.Null(Text(held));
        Assert.True(window.Pass(2));
        Assert.Equal("<body/>", Text(held));
    }

    [Fact]
    public void The_oldest_is_answered_when_one_more_comes_than_may_be_held()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        var sending = window.Send(First + 2, content: Stanza);
        Assert.Equal("<body/>", Text(held));
        Assert.Null(Text(sending));

        var two = new WindowFixture("wait='60' hold='2' ver='1.6'");
        BoshExchange[] sent = [two.Send(First + 1, content: Stanza), two.Send(First + 2, content: Stanza), two.Send(First + 3, content: Stanza)];
        Assert.Equal(["<body/>", null, null], sent.Select(Text));
    }

    [Fact]
    public void An_empty_request_that_is_not_hasty_has_the_held_one_answered()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        Assert.True(window.Pass(5));
        var second = window.Send(First + 2);
        Assert.Equal("<body/>", Text(held));
        Assert.Null(Text(second));
        Assert.Null(window.Ended);
    }

    [Fact]
    public void A_connection_that_is_lost_between_two_looks_keeps_no_other_request_from_being_answered()
    {
        int? looks = null;
        var window = new WindowFixture("wait='60' hold='2' ver='1.6'");
        window.Send(First + 1, isGone: () => looks++ > 0);
        window.Send(First + 2);
        looks = 0;
        Assert.True(window.CanAnswer);
    }

    [Fact]
    public void Requests_are_handled_and_answered_in_order()
    {
        var window = new WindowFixture();
        var second = window.Send(First + 2, content: Stanza);
        Assert.Equal([First], window.HandledRids);
        Assert.Null(Text(second));
        Assert.False(window.CanAnswer);

        var first = window.Send(First + 1, content: Stanza);
        Assert.Equal([First, First + 1, First + 2], window.HandledRids);
        Assert.Equal("<body/>", Text(first));
        Assert.Null(Text(second));
        window.Answer(Stanza);
        Assert.Equal($"<body>{Stanza}</body>", Text(second));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1000)]
    [InlineData(BoshBody.MaxRid - First - 1)]
    public void A_request_beyond_the_window_ends_the_session(long distance)
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1);
        var wrong = window.Send(First + 1 + distance);
        Assert.Equal("<body type='terminate' condition='item-not-found'/>", Text(wrong));
        Assert.Equal("<body type='terminate' condition='other-request'/>", Text(held));
        Assert.Equal(BoshCondition.ItemNotFound, window.Ended);
    }

    [Fact]
    public void A_request_whose_answer_is_gone_ends_the_session_likewise()
    {
        var window = new WindowFixture();
        for (var i = 1; i <= 6; i++)
        {
            window.Send(First + i);
            window.Answer(Stanza);
        }

        var wrong = window.Send(First + 1);
        Assert.Equal("<body type='terminate' condition='item-not-found'/>", Text(wrong));
    }

    [Fact]
    public void A_repeated_request_gets_the_same_bytes_and_is_handled_once()
    {
        var window = new WindowFixture();
        var request = window.Send(First + 1, content: Stanza);
        window.Answer(Stanza);
        var again = window.Send(First + 1, content: Stanza);
        Assert.Same(request.Answer!.Body, again.Answer!.Body);
        Assert.Equal([First, First + 1], window.HandledRids);

        // The one before it, too: as many are kept as may be under way.
        Assert.Same(window.Created.Answer, window.Send(First).Answer);
    }

    [Fact]
    public void A_repeated_request_takes_the_place_of_one_that_is_held()
    {
        var window = new WindowFixture();
        var held = window.Send(First + 1, content: Stanza);
        var again = window.Send(First + 1, content: Stanza);
        Assert.Equal("<body type='error'/>", Text(held));
        Assert.Null(Text(again));
        window.Answer(Stanza);
        Assert.Equal($"<body>{Stanza}</body>", Text(again));
        Assert.Equal([First, First + 1], window.HandledRids);
    }

    [Fact]
    public void A_repeated_request_takes_the_place_of_one_that_waits_for_another_or_is_being_handled()
    {
        var window = new WindowFixture();
        var early = window.Begin(First + 2, content: Stanza);
        var earlyAgain = window.Begin(First + 2, content: Stanza);
        Assert.Equal("<body type='error'/>", Text(early));

        // The first is empty and comes late: it was not sent hastily.
        window.Begin(First + 1);
        Assert.Null(window.Ended);
        window.Handle();
        Assert.Equal([First, First + 1, First + 2], window.HandledRids);
        Assert.Null(Text(earlyAgain));
    }

    [Fact]
    public void One_that_only_repeats_is_not_let_go_on()
    {
        var window = new WindowFixture();
        for (var i = 0; i <= BoshWindow.MaxRepeats; i++)
        {
            window.Send(First + 1);
        }

        Assert.Null(window.Ended);
        var last = window.Send(First + 1);
        Assert.Equal("<body type='terminate' condition='policy-violation'/>", Text(last));
    }

    [Fact]
    public void The_one_before_a_request_that_waits_is_asked_for()
    {
        var window = new WindowFixture();
        var early = window.Send(First + 2, content: Stanza);
        Assert.True(window.Pass(4));
        Assert.Null(Text(early));
        Assert.True(window.Pass(1));
        Assert.Equal("<body type='error'/>", Text(early));

        window.Send(First + 1, content: Stanza);
        window.Send(First + 2, content: Stanza);
        Assert.Equal([First, First + 1, First + 2], window.HandledRids);
    }

    [Fact]
    public void Too_many_requests_at_a_time_end_the_session()
    {
        var window = new WindowFixture();
        var held = window.Begin(First + 1, content: Stanza);
        window.Begin(First + 2, content: Stanza);
        window.Handle();
        Assert.Null(window.Ended);

        // One is held; one more may come, but not two: they are not answered before they are handled.
        window.Begin(First + 3, content: Stanza);
        var last = window.Begin(First + 4, content: Stanza);
        Assert.Equal("<body type='terminate' condition='policy-violation'/>", Text(last));
        Assert.Equal("<body/>", Text(held));
    }

    [Theory]
    [InlineData("type='terminate'")]
    [InlineData("pause='60'")]
    public void One_more_may_come_to_pause_or_to_end(string attribute)
    {
        var window = new WindowFixture();
        window.Begin(First + 1, content: Stanza);
        window.Begin(First + 2, content: Stanza);
        window.Begin(First + 3, attribute);
        Assert.Null(window.Ended);
        window.Handle();
        Assert.Equal([First, First + 1, First + 2, First + 3], window.HandledRids);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void An_empty_request_while_all_are_under_way_may_not_be_hasty(int seconds, bool isViolation)
    {
        var window = new WindowFixture();
        window.Send(First + 1);
        window.Pass(seconds);
        var hasty = window.Send(First + 2);
        Assert.Equal(isViolation ? "<body type='terminate' condition='policy-violation'/>" : null, Text(hasty));
    }

    [Fact]
    public void A_hasty_request_with_payload_is_no_violation()
    {
        var window = new WindowFixture();
        for (var i = 1; i < 20; i++)
        {
            window.Send(First + i, content: Stanza);
        }

        Assert.Null(window.Ended);
    }

    [Theory]
    [InlineData("wait='60' hold='0' ver='1.6'")]
    [InlineData("wait='0' hold='1' ver='1.6'")]
    public void A_client_that_polls_is_answered_at_once(string opening)
    {
        var window = new WindowFixture(opening);
        Assert.True(window.Pass(5));
        Assert.Equal("<body/>", Text(window.Send(First + 1)));
        Assert.True(window.Pass(59));
        Assert.Equal("<body/>", Text(window.Send(First + 2)));
        Assert.False(window.Pass(61));
    }

    [Fact]
    public void A_client_that_polls_may_not_be_hasty()
    {
        var window = new WindowFixture("wait='0' hold='0' ver='1.6'");
        window.Pass(5);
        window.Send(First + 1);
        window.Pass(4);
        Assert.Equal("<body type='terminate' condition='policy-violation'/>", Text(window.Send(First + 2)));
    }

    [Fact]
    public void A_client_that_polls_may_be_hasty_when_it_sends_or_got_something()
    {
        var window = new WindowFixture("wait='0' hold='0' ver='1.6'");
        window.Send(First + 1, answer: Stanza);
        window.Send(First + 2, content: Stanza);
        window.Send(First + 3);
        Assert.Null(window.Ended);
        window.Pass(1);
        Assert.Equal("<body type='terminate' condition='policy-violation'/>", Text(window.Send(First + 4)));
    }

    [Fact]
    public void A_request_whose_connection_is_lost_does_not_get_what_the_next_could_have()
    {
        var window = new WindowFixture();
        var isGone = false;
        var lost = window.Send(First + 1, isGone: () => isGone);
        isGone = true;
        Assert.False(window.CanAnswer);
        var next = window.Send(First + 2);
        Assert.Null(window.Ended);
        window.Answer(Stanza);
        Assert.Equal("<body/>", Text(lost));
        Assert.Equal($"<body>{Stanza}</body>", Text(next));
    }

    [Fact]
    public void A_request_whose_connection_is_lost_may_be_repeated()
    {
        var window = new WindowFixture();
        var isGone = false;
        window.Send(First + 1, isGone: () => isGone);
        isGone = true;
        Assert.True(window.Pass(20));
        var again = window.Send(First + 1);
        Assert.True(window.Pass(20));
        window.Answer(Stanza);
        Assert.Equal($"<body>{Stanza}</body>", Text(again));
    }
}
