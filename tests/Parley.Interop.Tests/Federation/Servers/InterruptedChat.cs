using System.Globalization;
using System.Xml.Linq;
using Xunit;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>Somebody writes without a pause to somebody whose server goes away in the middle of it and comes back; what became of the messages.</summary>
internal sealed class InterruptedChat
{
    /// <summary>Messages that have arrived for certain before the server goes.</summary>
    internal const int Before = 220;

    /// <summary>Messages that are sent once it is away.</summary>
    private const int After = 50;

    /// <summary>Messages that are sent at most, however long it takes to go.</summary>
    private const int AtMost = 3000;

    private readonly List<int> _arrived;
    private readonly List<int> _told;

    private InterruptedChat(int count, List<int> arrived, List<int> bounced)
    {
        _arrived = arrived;
        _told = [.. arrived.Concat(bounced).Order()];
        Lost = [.. Enumerable.Range(0, count).Except(_told)];
        Assert.Empty(arrived.Intersect(bounced));
        TestContext.Current.TestOutputHelper!.WriteLine($"{count} sent, {arrived.Count} arrived, {bounced.Count} bounced, {Lost.Count} lost; arrived {Runs(arrived)}; bounced {Runs(bounced)}; lost {Runs(Lost)}");
    }

    /// <summary>The numbers of those that neither arrived nor came back.</summary>
    internal IReadOnlyList<int> Lost { get; }

    /// <summary>Runs it.</summary>
    /// <param name="sender">Who writes.</param>
    /// <param name="recipient">To whom.</param>
    /// <param name="server">The recipient's server.</param>
    /// <param name="end">Ends the server.</param>
    /// <param name="cancellationToken">The end of the test.</param>
    internal static async Task<InterruptedChat> RunAsync(Person sender, Person recipient, TestedServer server, Func<Task> end, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource();
        var sending = SendAsync(sender, recipient.Address, ended.Task, cancellationToken);
        await Person.FirstToHearAsync($"{Before}", cancellationToken, recipient);
        await end();
        ended.SetResult();
        var count = await sending;
        await server.StartAsync(cancellationToken);
        await using var again = await Person.LogInAsync(server, recipient.User, cancellationToken, "again");

        // Whatever comes, comes before this, which may come back at first.
        for (var i = 0; ; i++)
        {
            await sender.SayAsync(recipient.Address, $"end{i}", "", cancellationToken);
            if (await FirstToHearAsync($"end{i}", sender, again, cancellationToken) == again)
            {
                break;
            }
        }

        return new InterruptedChat(count, [.. Numbers(recipient.Take(IsChat)), .. Numbers(again.Take(IsChat))], Numbers(sender.Take(IsBounce)));
    }

    /// <summary>No message came twice.</summary>
    internal void AssertNoneIsDoubled() => Assert.Equal(_told.Distinct(), _told);

    /// <summary>What neither arrived nor came back was sent around the moment at which the server went: between the first and the last of it none arrived.</summary>
    internal void AssertNoneIsMissingInBetween() =>
        Assert.True(Lost.Count == 0 || (Lost[0] > Before && !_arrived.Exists(number => number > Lost[0] && number < Lost[^1])), string.Join(' ', Lost));

    // What another server loses nobody hears.
    private static async Task<Person?> FirstToHearAsync(string id, Person sender, Person recipient, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            return await Person.FirstToHearAsync(id, enough.Token, sender, recipient);
        }
        catch (Xunit.Sdk.XunitException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // 1-4 7 9-12
    private static string Runs(IEnumerable<int> numbers)
    {
        var runs = new List<(int First, int Last)>();
        foreach (var number in numbers.Distinct().Order())
        {
            if (runs is [.., var last] && number == last.Last + 1)
            {
                runs[^1] = (last.First, number);
            }
            else
            {
                runs.Add((number, number));
            }
        }

        return string.Join(' ', runs.Select(static run => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}"));
    }

    private static bool IsChat(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "chat";

    private static bool IsBounce(XElement stanza) => stanza.Name.LocalName == "message" && stanza.Attribute("type")?.Value == "error";

    private static List<int> Numbers(IEnumerable<XElement> messages) =>
        [.. messages.Select(static message => message.Attribute("id")!.Value).Where(static id => char.IsDigit(id[0])).Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];

    // Without a pause, for as long as the server is there: as fast as one's own answers. Returns how many.
    private static async Task<int> SendAsync(Person sender, string to, Task ended, CancellationToken cancellationToken)
    {
        var (count, after) = (0, 0);
        for (; after < After && count < AtMost; count++)
        {
            after += ended.IsCompleted ? 1 : 0;
            await sender.SayAsync(to, count.ToString(CultureInfo.InvariantCulture), "", cancellationToken);
            await sender.PingAsync(cancellationToken);
        }

        return count;
    }
}
