using System.Text;
using Parley.Protocol.Sasl;
using Xunit;

namespace Parley.Protocol.Tests.Sasl;

/// <summary>A server with one account, romeo with the password "pencil", and ways to talk to it.</summary>
internal static class SaslFixture
{
    public const string Domain = "example.com";
    public const string ClientNonce = "clientnonce";
    public const string ServerNonce = "servernonce";
    public const int Iterations = 4096;

    public static SaslChannelBinding EndPoint { get; } = new(TlsChannelBindings.ServerEndPointType, "certificate hash"u8.ToArray());

    public static SaslChannelBinding Exporter { get; } = new(TlsChannelBindings.ExporterType, "keying material"u8.ToArray());

    public static StoredCredentials Romeo { get; } =
        StoredCredentials.FromPassword("pencil", Iterations, ScramHash.Sha1, ScramHash.Sha256, ScramHash.Sha512) with
        {
            DigestMd5Hash = Md5Credentials.DigestMd5Hash("romeo", Domain, "pencil"),
            CramMd5Contexts = Md5Credentials.CramMd5Contexts("pencil"),
        };

    public static SaslServerContext ServerContext(
        ICredentialSource? accounts = null,
        IReadOnlyList<SaslChannelBinding>? bindings = null,
        IReadOnlyList<string>? certificateJids = null,
        string domain = Domain) => new()
        {
            Domain = domain,
            Mechanisms = SaslMechanismNames.All,
            IsEncrypted = true,
            Credentials = accounts ?? new FixedAccounts(("romeo", Romeo)),
            ChannelBindings = bindings ?? [],
            CertificateJids = certificateJids ?? [],
            DecoySecret = "a secret of the server"u8.ToArray(),
            DefaultIterations = Iterations,
        };

    public static ISaslServerMechanism Server(string name, SaslServerContext? context = null, string nonce = ServerNonce) =>
        new SaslServerMechanisms(context ?? ServerContext(), new FixedNonce(nonce)).Create(name);

    public static ISaslClientMechanism Client(
        string name,
        string username = "romeo",
        string password = "pencil",
        SaslChannelBinding? binding = null,
        string? authzid = null,
        string nonce = ClientNonce)
    {
        var context = new SaslClientContext
        {
            Domain = Domain,
            Username = username,
            Password = password,
            Authzid = authzid,
            Mechanisms = [name],
            IsEncrypted = true,
            HasCertificate = true,
            ChannelBindings = binding is null ? [] : [binding],
        };
        return new SaslClientMechanisms(context, new FixedNonce(nonce)).Select([name])!;
    }

    /// <summary>What the server answers to one message.</summary>
    public static async Task<SaslServerStep> Send(this ISaslServerMechanism server, string? message) =>
        await server.StepAsync(message is null ? null : Encoding.UTF8.GetBytes(message), TestContext.Current.CancellationToken);

    /// <summary>Sends a message that the server answers with a challenge.</summary>
    public static async Task<string> Challenge(this ISaslServerMechanism server, string? message) =>
        Encoding.UTF8.GetString(Assert.IsType<SaslChallenge>(await server.Send(message)).Data);

    /// <summary>Sends a message that the server refuses.</summary>
    public static async Task<SaslFailure> Refusal(this ISaslServerMechanism server, string? message) =>
        Assert.IsType<SaslFailure>(await server.Send(message));

    public static string Text(byte[]? data) => Encoding.UTF8.GetString(Assert.IsType<byte[]>(data));

    /// <summary>Runs an exchange to its end.</summary>
    public static async Task<SaslServerStep> Run(ISaslClientMechanism client, ISaslServerMechanism server)
    {
        byte[]? message = client.Initial();
        while (true)
        {
            var step = await server.StepAsync(message, TestContext.Current.CancellationToken);
            if (step is not SaslChallenge challenge)
                return step;
            message = client.Step(challenge.Data);
        }
    }
}

internal sealed class FixedNonce(string nonce) : ISaslNonceSource
{
    public string Next() => nonce;
}

internal sealed class FixedAccounts(params (string Username, StoredCredentials Credentials)[] accounts) : ICredentialSource
{
    public ValueTask<StoredCredentials?> FindAsync(string username, CancellationToken cancellationToken) =>
        ValueTask.FromResult<StoredCredentials?>(accounts.FirstOrDefault(a => a.Username == username).Credentials);
}
