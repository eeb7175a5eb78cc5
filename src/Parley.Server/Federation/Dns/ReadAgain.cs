namespace Parley.Server.Federation.Dns;

/// <summary>What a small text file of the system says, read again when the file has changed. Of its lines the first 10,000 count.</summary>
internal sealed class ReadAgain<T>(string path, Func<IEnumerable<string>, T> parse)
    where T : class
{
    private const int MaxLines = 10_000;
    private readonly Lock _gate = new();
    private DateTime _written;
    private T? _content;

    /// <summary>What it says now; null when it cannot be read, what it said before when it could be then.</summary>
    internal T? Current()
    {
        lock (_gate)
        {
            try
            {
                var written = File.GetLastWriteTimeUtc(path);
                if (File.Exists(path) && (_content is null || written != _written))
                {
                    _content = parse(File.ReadLines(path).Take(MaxLines));
                    _written = written;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is being replaced, or is not ours to read: what it said still holds.
            }

            return _content;
        }
    }
}
