using System.Buffers;
using System.Text.Json;
using Parley.Protocol.Sasl;

namespace Parley.Server.Storage.Sql;

/// <summary>Credentials as a database keeps them: JSON with a version, hashes and conditions by name, bytes in base64.</summary>
internal static class CredentialsFormat
{
    private const int Version = 1;

    public static byte[] Write(StoredCredentials credentials)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            if (credentials.Refusal is { } refusal)
                json.WriteString("refusal", refusal.ToString());
            json.WriteStartArray("scram");
            foreach (ScramKeys keys in credentials.Scram)
                Write(json, keys);
            json.WriteEndArray();
            if (credentials.DigestMd5Hash is { } digest)
                json.WriteBase64String("digestMd5", digest);
            if (credentials.CramMd5Contexts is { } cram)
                json.WriteBase64String("cramMd5", cram);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The credentials that <see cref="Write(StoredCredentials)"/> wrote.</summary>
    /// <exception cref="StorageException">A newer program wrote it, or it is damaged.</exception>
    public static StoredCredentials Read(byte[] stored)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(stored);
            JsonElement root = document.RootElement;
            int version = root.GetProperty("version").GetInt32();
            if (version != Version)
                throw new StorageException($"Stored credentials have version {version}; this program reads version {Version}.");

            return new StoredCredentials(
                [.. root.GetProperty("scram").EnumerateArray().Select(ReadKeys)],
                ReadBytes(root, "digestMd5"),
                ReadBytes(root, "cramMd5"))
            {
                Refusal = root.TryGetProperty("refusal", out JsonElement refusal) ? Enum.Parse<SaslCondition>(refusal.GetString()!) : null,
            };
        }
        catch (Exception exception) when (exception is not StorageException)
        {
            throw new StorageException("Stored credentials are damaged.", exception);
        }
    }

    private static void Write(Utf8JsonWriter json, ScramKeys keys)
    {
        json.WriteStartObject();
        json.WriteString("hash", keys.Hash.ToString());
        json.WriteBase64String("salt", keys.Salt);
        json.WriteNumber("iterations", keys.Iterations);
        json.WriteBase64String("storedKey", keys.StoredKey);
        json.WriteBase64String("serverKey", keys.ServerKey);
        json.WriteEndObject();
    }

    private static ScramKeys ReadKeys(JsonElement keys) => new(
        Enum.Parse<ScramHash>(keys.GetProperty("hash").GetString()!),
        keys.GetProperty("salt").GetBytesFromBase64(),
        keys.GetProperty("iterations").GetInt32(),
        keys.GetProperty("storedKey").GetBytesFromBase64(),
        keys.GetProperty("serverKey").GetBytesFromBase64());

    private static byte[]? ReadBytes(JsonElement root, string name) =>
        root.TryGetProperty(name, out JsonElement value) ? value.GetBytesFromBase64() : null;
}
