using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class ResultSetTests
{
    private const string Open = "<set xmlns='http://jabber.org/protocol/rsm'>";

    [Theory]
    [InlineData("<max>10</max>", 10, null, null, null)]
    [InlineData("<max>10</max><after>peterpan@neverland.lit</after>", 10, "peterpan@neverland.lit", null, null)]
    [InlineData("<max>10</max><before>peter@pixyland.org</before>", 10, null, "peter@pixyland.org", null)]
    [InlineData("<max>10</max><before/>", 10, null, "", null)]
    [InlineData("<max>10</max><index>371</index>", 10, null, null, 371)]
    [InlineData("<max>0</max>", 0, null, null, null)]
    public void Requests_of_the_specification_are_read_and_written(string content, int? max, string? after, string? before, int? index)
    {
        var request = ResultSetRequest.Parse(Payload.Read($"{Open}{content}</set>"));

        Assert.Equal(new ResultSetRequest(max, after, before, index), request);
        Assert.Equal($"{Open}{content}</set>", Payload.Write(request.WriteTo));
    }

    [Theory]
    [InlineData("<max>99999999999999999999</max>", int.MaxValue)]
    [InlineData("<max> 7 </max>", 7)]
    public void Numbers_are_clamped_and_trimmed(string content, int max) =>
        Assert.Equal(max, ResultSetRequest.Parse(Payload.Read($"{Open}{content}</set>")).Max);

    [Theory]
    [InlineData("<max>-1</max>")]
    [InlineData("<max>ten</max>")]
    [InlineData("<max/>")]
    [InlineData("<max>1.5</max>")]
    [InlineData("<max>\u0663</max>")]
    [InlineData("<index>-1</index>")]
    [InlineData("<index>x</index>")]
    [InlineData("<index>1</index><after>x</after>")]
    [InlineData("<index>1</index><before/>")]
    public void What_is_no_page_is_refused(string content) =>
        Payload.Refused(StanzaErrorCondition.BadRequest, () => ResultSetRequest.Parse(Payload.Read($"{Open}{content}</set>")));

    [Theory]
    [InlineData("<first index='10'>peter@pixyland.org</first><last>peter@rabbit.lit</last><count>800</count>", "peter@pixyland.org", "peter@rabbit.lit", 10L, 800L)]
    [InlineData("<first>a</first><last>b</last>", "a", "b", null, null)]
    [InlineData("<count>790</count>", null, null, null, 790L)]
    public void Pages_of_the_specification_are_read_and_written(string content, string? first, string? last, long? index, long? count)
    {
        var page = ResultSet.Parse(Payload.Read($"{Open}{content}</set>"));

        Assert.Equal(new ResultSet(first, last, index, count), page);
        Assert.Equal($"{Open}{content}</set>", Payload.Write(page.WriteTo));
    }
}
