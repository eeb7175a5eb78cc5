using Tags = System.ReadOnlySpan<System.Collections.Generic.KeyValuePair<string, object?>>;

namespace Parley.Web.Metrics;

/// <summary>Finds a series by the tags of a measurement, without allocating.</summary>
internal sealed class TagsComparer(bool isHistogram) : IEqualityComparer<LabelSet>, IAlternateEqualityComparer<Tags, LabelSet>
{
    public bool Equals(LabelSet? x, LabelSet? y) => x is null ? y is null : y is not null && Equals(x.Tags, y);

    public int GetHashCode(LabelSet obj) => GetHashCode(obj.Tags);

    public bool Equals(Tags alternate, LabelSet other)
    {
        var tags = other.Tags;
        if (alternate.Length != tags.Length)
        {
            return false;
        }

        for (var i = 0; i < tags.Length; i++)
        {
            if (alternate[i].Key != tags[i].Key || !Equals(alternate[i].Value, tags[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(Tags alternate)
    {
        var hash = 0;
        foreach (var (_, value) in alternate)
        {
            // The keys of one instrument are mostly the same.
            hash = HashCode.Combine(hash, value?.GetHashCode() ?? 0);
        }

        return hash;
    }

    public LabelSet Create(Tags alternate) => new(alternate, isHistogram);
}
