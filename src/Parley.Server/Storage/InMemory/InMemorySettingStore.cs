namespace Parley.Server.Storage.InMemory;

internal sealed class InMemorySettingStore : ISettingStore
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _values = [];

    public ValueTask<ReadOnlyMemory<byte>> GetOrAddAsync(
        string key, Func<ReadOnlyMemory<byte>> create, CancellationToken cancellationToken)
    {
        lock (_values)
        {
            if (!_values.TryGetValue(key, out ReadOnlyMemory<byte> value))
                _values.Add(key, value = create());
            return ValueTask.FromResult(value);
        }
    }
}
