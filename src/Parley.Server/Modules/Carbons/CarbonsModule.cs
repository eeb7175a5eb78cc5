using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Parley.Server.Routing;
using Parley.Server.Sessions;

namespace Parley.Server.Modules.Carbons;

/// <summary>Message Carbons (XEP-0280 1.0.1): a resource that enables them gets a copy of what the account's others send and receive.</summary>
internal sealed class CarbonsModule(CarbonCopies copies) : IXmppModule
{
    private SessionSlot<object> _enabled = null!;

    public void Configure(ModuleBuilder module)
    {
        _enabled = module.SessionMark("carbons");
        module
            .Implements("XEP-0280", "1.0.1", "Message Carbons")
            .Implements("XEP-0085", "2.1", "Chat State Notifications: passed on and copied; not kept")
            .Implements("XEP-0184", "1.4.0", "Message Delivery Receipts: passed on and copied")
            .Implements("XEP-0249", "1.2", "Direct MUC Invitations: passed on and copied")
            .Implements("XEP-0333", "1.0.0", "Displayed Markers: passed on and copied")
            .OnIqSet(Carbon.Enable, EntityKind.Account, (request, _) => Set(request, this))
            .OnIqSet(Carbon.Disable, EntityKind.Account, (request, _) => Set(request, null))
            .EvenForNoAccount(Carbon.Enable)
            .EvenForNoAccount(Carbon.Disable)
            .Feature(Carbon.Namespace, EntityKind.Server)
            .Feature(Carbon.Rules, EntityKind.Server | EntityKind.Account)
            .AtStage(Stage.Copy, Copy);
    }

    // Once or again: either is answered alike (§10.1). Of another's account no answer may tell that it exists, and the specification has one for all (§4.1, §5.1).
    private ValueTask<Stanza> Set(IqRequest request, object? value)
    {
        if (!request.IsOwn || request.Session is not { } session)
        {
            throw new StanzaException(StanzaErrorCondition.NotAllowed);
        }

        session.Set(_enabled, value);
        return new(request.Result());
    }

    private ValueTask<Verdict> Copy(Delivery delivery, CancellationToken cancellationToken)
    {
        copies.Send(delivery, _enabled);
        return new(Verdict.Continue);
    }
}
