namespace Parley.Protocol.Sasl;

/// <summary>A client's choice among the mechanisms that a server offers.</summary>
/// <param name="context">What to authenticate with, and the policy.</param>
/// <param name="nonces">The source of nonces; the system's generator where null.</param>
public sealed class SaslClientMechanisms(SaslClientContext context, ISaslNonceSource? nonces = null)
{
    private readonly ISaslNonceSource _nonces = nonces ?? new RandomNonceSource();

    /// <summary>
    /// The best mechanism, in the context's order, that the server offers and that can be used; null where there is none. The
    /// -PLUS mechanisms need a channel binding that both sides know.
    /// </summary>
    public ISaslClientMechanism? Select(IReadOnlyCollection<string> offered)
    {
        var binding = CommonBinding();
        foreach (string name in context.Mechanisms)
        {
            if (offered.Contains(name, StringComparer.Ordinal) && IsUsable(name, binding))
                return Create(name, binding, offered);
        }

        return null;
    }

    private bool IsUsable(string name, SaslChannelBinding? binding) => name switch
    {
        SaslMechanismNames.External => context.HasCertificate,
        SaslMechanismNames.Anonymous => true,
        SaslMechanismNames.Plain => HasPassword && context.IsEncrypted,
        SaslMechanismNames.CramMd5 or SaslMechanismNames.DigestMd5 => HasPassword,
        _ => HasPassword && ScramName.Parse(name) is { } scram && (!scram.Plus || binding is not null),
    };

    private bool HasPassword => !string.IsNullOrEmpty(context.Username) && !string.IsNullOrEmpty(context.Password);

    private ISaslClientMechanism Create(string name, SaslChannelBinding? binding, IReadOnlyCollection<string> offered) => name switch
    {
        SaslMechanismNames.External => SingleMessageClient.External(context),
        SaslMechanismNames.Anonymous => SingleMessageClient.Anonymous(),
        SaslMechanismNames.Plain => SingleMessageClient.Plain(context),
        SaslMechanismNames.CramMd5 => new CramMd5Client(context),
        SaslMechanismNames.DigestMd5 => new DigestMd5Client(context, _nonces),
        _ => Scram(name, ScramName.Parse(name)!.Value, binding, offered),
    };

    private ScramClient Scram(string name, ScramName scram, SaslChannelBinding? binding, IReadOnlyCollection<string> offered) => scram.Plus
        ? new ScramClient(name, scram.Hash, $"p={binding!.Type}", binding.Data, context, _nonces)
        : new ScramClient(name, scram.Hash, FlagWithoutBinding(offered), default, context, _nonces);

    /// <summary>
    /// <c>y</c> tells the server that this client would have bound the channel had it been offered, so that it can notice when
    /// somebody hid the offer (RFC 5802 §6).
    /// </summary>
    private string FlagWithoutBinding(IReadOnlyCollection<string> offered)
    {
        bool plusOffered = offered.Any(name => name.EndsWith("-PLUS", StringComparison.Ordinal));
        bool plusWanted = context.Mechanisms.Any(name => ScramName.Parse(name) is { Plus: true });
        return context.ChannelBindings.Count > 0 && plusWanted && !plusOffered ? "y" : "n";
    }

    private SaslChannelBinding? CommonBinding() => context.ServerChannelBindingTypes is { } types
        ? context.ChannelBindings.FirstOrDefault(b => types.Contains(b.Type, StringComparer.Ordinal))
        : context.ChannelBindings is [var best, ..] ? best : null;
}
