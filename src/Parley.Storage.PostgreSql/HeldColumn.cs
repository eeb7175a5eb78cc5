using System.Runtime.InteropServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Parley.Server.Storage.Sql;

namespace Parley.Storage.PostgreSql;

/// <summary>The values of one column, as the array that is bound for them.</summary>
internal abstract class HeldColumn
{
    /// <summary>What a value takes beside its own bytes.</summary>
    protected const int Overhead = 8;

    public abstract NpgsqlParameter Parameter { get; }

    public static HeldColumn Of(SqlColumnType type, string parameter) => type switch
    {
        SqlColumnType.Number => new Numbers(parameter),
        SqlColumnType.Text => new Texts(parameter),
        _ => new Bytes(parameter),
    };

    /// <summary>Keeps a value; returns about how many bytes it has.</summary>
    public abstract int Add(SqlValue value);

    public abstract void Clear();

    private abstract class Typed<T>(string parameter, NpgsqlDbType type) : HeldColumn
    {
        // Above this a list is let go after use: one large batch should not cost memory for ever.
        private const int MaxKept = 4096;

        private readonly NpgsqlParameter<List<T>> _parameter = new(parameter, NpgsqlDbType.Array | type) { TypedValue = [] };

        public override NpgsqlParameter Parameter => _parameter;

        public override void Clear()
        {
            if (_parameter.TypedValue!.Capacity > MaxKept)
                _parameter.TypedValue = [];
            else
                _parameter.TypedValue.Clear();
        }

        protected int Keep(T value, int bytes)
        {
            _parameter.TypedValue!.Add(value);
            return Overhead + bytes;
        }
    }

    private sealed class Numbers(string parameter) : Typed<long?>(parameter, NpgsqlDbType.Bigint)
    {
        public override int Add(SqlValue value) => Keep(value.IsNull ? null : value.Number, 0);
    }

    private sealed class Texts(string parameter) : Typed<string?>(parameter, NpgsqlDbType.Text)
    {
        // A text may come as its bytes.
        public override int Add(SqlValue value)
        {
            string? text = value.IsNull ? null : value.Text ?? Encoding.UTF8.GetString(value.Bytes.Span);
            return Keep(text, text?.Length ?? 0);
        }
    }

    private sealed class Bytes(string parameter) : Typed<byte[]?>(parameter, NpgsqlDbType.Bytea)
    {
        public override int Add(SqlValue value) => value.IsNull ? Keep(null, 0) : Keep(ToArray(value.Bytes), value.Bytes.Length);

        // Payloads are mostly whole arrays: those need no copy.
        private static byte[] ToArray(ReadOnlyMemory<byte> bytes) =>
            MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> segment) && segment.Array is { } array && array.Length == bytes.Length
                ? array
                : bytes.ToArray();
    }
}
