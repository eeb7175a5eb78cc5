using System.Runtime.InteropServices;

namespace Parley.Server.Storage.Sql;

/// <summary>A value of a row that is appended: a number, a text, bytes, or none. Numbers are not boxed.</summary>
public readonly struct SqlValue
{
    private static readonly object NumberKind = new();

    private readonly object? _object;

    // The number; or where the bytes are in their array: the start in the upper half, the length in the lower.
    private readonly long _number;

    private SqlValue(object? value, long number)
    {
        _object = value;
        _number = number;
    }

    public bool IsNull => _object is null;

    public bool IsNumber => ReferenceEquals(_object, NumberKind);

    /// <summary>The number; of anything else it means nothing.</summary>
    public long Number => _number;

    /// <summary>The text, or null when it is none.</summary>
    public string? Text => _object as string;

    /// <summary>The bytes; empty when it is none.</summary>
    public ReadOnlyMemory<byte> Bytes => _object is byte[] array ? array.AsMemory((int)(_number >> 32), (int)_number) : default;

    public static implicit operator SqlValue(long number) => new(NumberKind, number);

    public static implicit operator SqlValue(long? number) => number is { } value ? value : default(SqlValue);

    public static implicit operator SqlValue(string? text) => new(text, 0);

    public static implicit operator SqlValue(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Array is { } array
            ? new(array, ((long)segment.Offset << 32) | (uint)segment.Count)
            : new(bytes.ToArray(), (uint)bytes.Length);

    /// <summary>The value as a parameter of an ordinary statement takes it.</summary>
    public object? ToParameter()
    {
        if (IsNumber)
            return _number;
        return IsNull || Text is not null ? _object : Bytes;
    }
}
