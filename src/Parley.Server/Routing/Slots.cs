namespace Parley.Server.Routing;

/// <summary>What a module keeps with each session: a typed place, given out by <see cref="ModuleBuilder.SessionSlot{T}()"/>.</summary>
public sealed record SessionSlot<T>(int Index)
    where T : class;

/// <summary>The values in the slots of one session; empty until a module sets one.</summary>
internal sealed class Slots
{
    private readonly Lock _gate = new();
    private object?[] _values = [];

    internal object? this[int index]
    {
        get
        {
            var values = Volatile.Read(ref _values);
            return index < values.Length ? values[index] : null;
        }

        set
        {
            lock (_gate)
            {
                var values = _values;
                if (index >= values.Length)
                {
                    Array.Resize(ref values, index + 1);
                }

                values[index] = value;
                Volatile.Write(ref _values, values);
            }
        }
    }
}
