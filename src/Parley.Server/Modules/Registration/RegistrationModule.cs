using System.Net;
using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Accounts;
using Parley.Server.Hosting;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Registration;

/// <summary>In-Band Registration (XEP-0077 2.4): new accounts where the options allow them; a new password, and removal, for those who have one.</summary>
internal sealed class RegistrationModule(AccountService accounts, RegistrationLimit limit, IOptions<XmppServerOptions> options) : IXmppModule, IStreamFeature
{
    private const EntityKind Both = EntityKind.Server | EntityKind.Account;
    private const string Instructions = "Choose a username and password for use with this service.";
    private static readonly XmlName Feature = new("register", "http://jabber.org/features/iq-register");
    private static readonly DataForm Form = DataForm.Of(
        DataFormType.Form,
        RegistrationRequest.Namespace,
        new DataFormField("username", DataFormFieldType.TextSingle) { Label = "Username", IsRequired = true },
        new DataFormField("password", DataFormFieldType.TextPrivate) { Label = "Password", IsRequired = true });

    private readonly XmppServerOptions _options = options.Value;

    public StreamState Requires => StreamState.None;

    public StreamState Forbids => StreamState.Authenticated;

    public IReadOnlyList<XmlName> Payloads => [RegistrationRequest.Query];

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0077", "2.4", "In-Band Registration")
        .StreamFeature(this)
        .OnIqGet(RegistrationRequest.Query, Both, LegacyErrorCode.WithCodes(Registered))
        .OnIqSet(RegistrationRequest.Query, Both, LegacyErrorCode.WithCodes(ChangeAsync))
        .EvenForNoAccount(RegistrationRequest.Query)
        .NoFeature(RegistrationRequest.Namespace, EntityKind.Account);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        if (MayRegister(stream) && IsSafe(stream.IsSecure))
        {
            features.Element(Feature);
        }
    }

    /// <summary>Handles a request of somebody who is not authenticated: a registration (§3.1.1).</summary>
    public async ValueTask<Negotiation> NegotiateAsync(ClientStream stream, Stanza iq, XmlElement payload, CancellationToken cancellationToken)
    {
        var request = iq.WithAddresses(null, null);
        try
        {
            RequireOffer(stream, iq);
            if (iq.Type == StanzaType.Set)
            {
                await RegisterAsync(stream, RegistrationRequest.Read(payload), cancellationToken);
            }

            stream.Send(request.Result(iq.Type == StanzaType.Get ? WriteFields : null));
        }
        catch (Exception e) when (StanzaRouter.ErrorFor(e) is { } error)
        {
            stream.Send(request.ErrorReply(error.WithCode()));
        }

        return Negotiation.Continue;
    }

    private void RequireOffer(ClientStream stream, Stanza iq)
    {
        if (!iq.HasId)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest);
        }

        if (!MayRegister(stream) || iq.IsToMalformed || (iq.To is not null && !iq.To.Equals(stream.Domain)))
        {
            throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        }

        RequireSafe(stream.IsSecure);
    }

    private async ValueTask RegisterAsync(ClientStream stream, RegistrationRequest request, CancellationToken cancellationToken)
    {
        if (request.IsRemoval)
        {
            // There is no sender yet whose registration it could be (§3.2).
            throw new StanzaException(StanzaErrorCondition.UnexpectedRequest);
        }

        if (request.Username is null || request.Password is null)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "A username and a password are required.");
        }

        if (!Jid.TryCreate(request.Username, stream.Domain!.Domain, null, out var account))
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, "No account can have this username.");
        }

        if (_options.RateLimits && !limit.TryTake(stream.Connection.RemoteAddress))
        {
            throw new StanzaException(StanzaErrorCondition.ResourceConstraint, "Too many registrations; try again later.");
        }

        if (!await AcceptingAsync(() => accounts.CreateAsync(account, request.Password, cancellationToken)))
        {
            throw new StanzaException(StanzaErrorCondition.Conflict);
        }
    }

    private ValueTask<Stanza> Registered(IqRequest request, CancellationToken cancellationToken)
    {
        var account = OwnAccount(request) ?? throw new StanzaException(StanzaErrorCondition.ServiceUnavailable);
        return new(request.Result(writer => writer.Start(RegistrationRequest.Query)
            .Element("registered")
            .Element("instructions", null, "You are registered. Send a new password to change the present one.")
            .Element("username", null, account.Local)
            .Element("password")
            .End()));
    }

    private async ValueTask<Stanza> ChangeAsync(IqRequest iq, CancellationToken cancellationToken)
    {
        var request = RegistrationRequest.Read(iq.Payload);
        var account = OwnAccount(iq);
        if (request.IsRemoval)
        {
            await RemoveAsync(iq, account, cancellationToken);
        }
        else
        {
            await SetPasswordAsync(iq, account, request, cancellationToken);
        }

        return iq.Result();
    }

    private async ValueTask RemoveAsync(IqRequest iq, Jid? account, CancellationToken cancellationToken)
    {
        if (account is null)
        {
            throw new StanzaException(iq.Entity == EntityKind.Account
                ? new StanzaError(StanzaErrorCondition.Forbidden, StanzaErrorType.Cancel)
                : new StanzaError(StanzaErrorCondition.RegistrationRequired));
        }

        if (!await accounts.RemoveAsync(account, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.RegistrationRequired);
        }
    }

    private async ValueTask SetPasswordAsync(IqRequest iq, Jid? account, RegistrationRequest request, CancellationToken cancellationToken)
    {
        if (account is null)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed);
        }

        RequireSafe(iq.Session is { IsSecure: true });
        if (request.Username is null || request.Password is null)
        {
            throw new StanzaException(StanzaErrorCondition.BadRequest, "A username and a password are required.");
        }

        if (!Names(request.Username, account))
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed, "The password of another account cannot be changed.");
        }

        if (!await AcceptingAsync(() => accounts.SetPasswordAsync(account, request.Password, cancellationToken)))
        {
            throw new StanzaException(StanzaErrorCondition.RegistrationRequired);
        }
    }

    private static async ValueTask<bool> AcceptingAsync(Func<ValueTask<bool>> change)
    {
        try
        {
            return await change();
        }
        catch (PasswordRefusedException refusal)
        {
            throw new StanzaException(StanzaErrorCondition.NotAcceptable, refusal.Message);
        }
    }

    // Asked of the domain or of the account itself, it is the sender's own registration.
    private static Jid? OwnAccount(IqRequest request) =>
        request.Session is not null && (request.IsOwn || (request.Entity == EntityKind.Server && request.To.DomainJid.Equals(request.From.DomainJid)))
            ? request.From.Bare
            : null;

    // The name alone, or as the forms of the specification have it, with the domain.
    private static bool Names(string username, Jid account) =>
        (Jid.TryCreate(username, account.Domain, null, out var named) || Jid.TryParse(username, out named)) && named.Equals(account);

    private bool MayRegister(ClientStream stream) =>
        _options.Registration == RegistrationPolicy.Open
        || (_options.Registration == RegistrationPolicy.Loopback && stream.Connection.IsLocal);

    private bool IsSafe(bool isSecure) => isSecure || _options.AllowInsecure;

    // The type as in the specification's example.
    private void RequireSafe(bool isSecure)
    {
        if (!IsSafe(isSecure))
        {
            throw new StanzaException(new StanzaError(StanzaErrorCondition.NotAuthorized, StanzaErrorType.Modify, "The stream is not encrypted."));
        }
    }

    private static void WriteFields(Utf8XmlWriter writer)
    {
        writer.Start(RegistrationRequest.Query).Element("instructions", null, Instructions).Element("username").Element("password");
        Form.WriteTo(writer);
        writer.End();
    }
}
