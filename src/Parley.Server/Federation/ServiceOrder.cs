using Parley.Server.Federation.Dns;

namespace Parley.Server.Federation;

/// <summary>Puts services in the order in which they are to be tried (RFC 2782): lower priorities first, among equals at random by weight.</summary>
/// <param name="random">Where chance comes from.</param>
public sealed class ServiceOrder(Random random)
{
    /// <summary>The services in order.</summary>
    /// <param name="services">The services.</param>
    /// <param name="record">The record of each.</param>
    public IReadOnlyList<T> Arrange<T>(IEnumerable<T> services, Func<T, DnsService> record)
    {
        var arranged = new List<T>();
        foreach (var equals in services.GroupBy(service => record(service).Priority).OrderBy(static group => group.Key))
        {
            // Those without weight first: they are chosen only by a zero.
            var left = equals.OrderBy(service => record(service).Weight != 0).ToList();
            while (left.Count > 0)
            {
                var chosen = Choose(left, record);
                arranged.Add(left[chosen]);
                left.RemoveAt(chosen);
            }
        }

        return arranged;
    }

    private int Choose<T>(List<T> left, Func<T, DnsService> record)
    {
        var share = random.Next(left.Sum(service => record(service).Weight) + 1);
        var sum = 0;
        return left.FindIndex(service => (sum += record(service).Weight) >= share);
    }
}
