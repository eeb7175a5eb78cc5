using System.Security.Cryptography;
using Parley.Server.Federation;
using Parley.Server.Hosting;

namespace Parley.Host.Serving;

/// <summary>The secret behind a running server's dialback keys, in its data directory, for <c>parley doctor</c> alone: so that a key of the doctor's is one that the server confirms.</summary>
/// <remarks>
/// It is as secret as the private keys and the database beside it: only their owner may read it. It is made anew at each start, as XEP-0185 §2 asks, whether there was one or not, and goes with the server.
/// Where <see cref="FederationOptions.DialbackSecret"/> says one there is no file.
/// </remarks>
internal sealed class DialbackSecretFile(string data) : IDisposable
{
    private const string Name = "dialback.secret";
    private const int Length = 32;
    private readonly string _path = Path.Combine(data, Name);
    private readonly string _secret = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Length));
    private bool _isWritten;

    /// <summary>Has the server use the secret, where it has none of its own.</summary>
    internal void ApplyTo(XmppServerOptions options) => options.Federation.DialbackSecret ??= _secret;

    /// <summary>Writes it down, in a data directory that is this server's, where it is used.</summary>
    internal void Write(XmppServerOptions options)
    {
        if (options.Federation is { Enabled: true, DialbackSecret: { } used } && used == _secret)
        {
            PrivateFiles.Write(_path, _secret + "\n");
            _isWritten = true;
        }
    }

    /// <summary>The secret of the server that runs with a data directory; null when none does.</summary>
    /// <exception cref="UnauthorizedAccessException">It belongs to somebody else.</exception>
    internal static string? Read(string data)
    {
        var path = Path.Combine(data, Name);
        return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } secret ? secret : null;
    }

    public void Dispose()
    {
        if (!_isWritten)
        {
            return;
        }

        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Of no use to anybody any more.
        }
    }
}
