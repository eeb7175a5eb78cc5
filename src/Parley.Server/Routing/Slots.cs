namespace Parley.Server.Routing;

/// <summary>What a module keeps with each session: a typed place, given out by <see cref="ModuleBuilder.SessionSlot{T}"/>.</summary>
public sealed record SessionSlot<T>(int Index)
    where T : class;

/// <summary>The values in the slots of one session; empty until a module sets one.</summary>
internal struct Slots
{
    private object?[]? _values;

    internal object? this[int index]
    {
        readonly get => _values is not null && index < _values.Length ? _values[index] : null;
        set
        {
            if (_values is null || index >= _values.Length)
            {
                if (value is null)
                {
                    return;
                }

                Array.Resize(ref _values, index + 1);
            }

            _values[index] = value;
        }
    }
}
