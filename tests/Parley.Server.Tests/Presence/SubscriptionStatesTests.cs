using Parley.Protocol.Stanzas;
using Parley.Server.Modules.Presence;
using Xunit;

namespace Parley.Server.Tests.Presence;

/// <summary>RFC 6121 appendix A.2 and A.3, cell by cell.</summary>
public class SubscriptionStatesTests
{
    // The nine states of A.1, in its order.
    private const SubscriptionState N = SubscriptionState.None;
    private const SubscriptionState NPO = SubscriptionState.PendingOut;
    private const SubscriptionState NPI = SubscriptionState.PendingIn;
    private const SubscriptionState NPOI = SubscriptionState.PendingOut | SubscriptionState.PendingIn;
    private const SubscriptionState T = SubscriptionState.To;
    private const SubscriptionState TPI = SubscriptionState.To | SubscriptionState.PendingIn;
    private const SubscriptionState F = SubscriptionState.From;
    private const SubscriptionState FPO = SubscriptionState.From | SubscriptionState.PendingOut;
    private const SubscriptionState B = SubscriptionState.To | SubscriptionState.From;

    [Theory]
    [InlineData(N, true, NPO)]
    [InlineData(NPO, true, NPO)]
    [InlineData(NPI, true, NPOI)]
    [InlineData(NPOI, true, NPOI)]
    [InlineData(T, true, T)]
    [InlineData(TPI, true, TPI)]
    [InlineData(F, true, FPO)]
    [InlineData(FPO, true, FPO)]
    [InlineData(B, true, B)]
    public void Outbound_subscribe(SubscriptionState state, bool isRouted, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isRouted, next), SubscriptionStates.Outbound(StanzaType.Subscribe, state));

    [Theory]
    [InlineData(N, true, N)]
    [InlineData(NPO, true, N)]
    [InlineData(NPI, true, NPI)]
    [InlineData(NPOI, true, NPI)]
    [InlineData(T, true, N)]
    [InlineData(TPI, true, NPI)]
    [InlineData(F, true, F)]
    [InlineData(FPO, true, F)]
    [InlineData(B, true, F)]
    public void Outbound_unsubscribe(SubscriptionState state, bool isRouted, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isRouted, next), SubscriptionStates.Outbound(StanzaType.Unsubscribe, state));

    [Theory]
    [InlineData(N, false, N)]
    [InlineData(NPO, false, NPO)]
    [InlineData(NPI, true, F)]
    [InlineData(NPOI, true, FPO)]
    [InlineData(T, false, T)]
    [InlineData(TPI, true, B)]
    [InlineData(F, false, F)]
    [InlineData(FPO, false, FPO)]
    [InlineData(B, false, B)]
    public void Outbound_subscribed(SubscriptionState state, bool isRouted, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isRouted, next), SubscriptionStates.Outbound(StanzaType.Subscribed, state));

    [Theory]
    [InlineData(N, false, N)]
    [InlineData(NPO, false, NPO)]
    [InlineData(NPI, true, N)]
    [InlineData(NPOI, true, NPO)]
    [InlineData(T, false, T)]
    [InlineData(TPI, true, T)]
    [InlineData(F, true, N)]
    [InlineData(FPO, true, NPO)]
    [InlineData(B, true, T)]
    public void Outbound_unsubscribed(SubscriptionState state, bool isRouted, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isRouted, next), SubscriptionStates.Outbound(StanzaType.Unsubscribed, state));

    [Theory]
    [InlineData(N, true, NPI)]
    [InlineData(NPO, true, NPOI)]
    [InlineData(NPI, false, NPI)]
    [InlineData(NPOI, false, NPOI)]
    [InlineData(T, true, TPI)]
    [InlineData(TPI, false, TPI)]
    [InlineData(F, false, F)]
    [InlineData(FPO, false, FPO)]
    [InlineData(B, false, B)]
    public void Inbound_subscribe(SubscriptionState state, bool isDelivered, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isDelivered, next), SubscriptionStates.Inbound(StanzaType.Subscribe, state));

    [Theory]
    [InlineData(N, false, N)]
    [InlineData(NPO, false, NPO)]
    [InlineData(NPI, true, N)]
    [InlineData(NPOI, true, NPO)]
    [InlineData(T, false, T)]
    [InlineData(TPI, true, T)]
    [InlineData(F, true, N)]
    [InlineData(FPO, true, NPO)]
    [InlineData(B, true, T)]
    public void Inbound_unsubscribe(SubscriptionState state, bool isDelivered, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isDelivered, next), SubscriptionStates.Inbound(StanzaType.Unsubscribe, state));

    [Theory]
    [InlineData(N, false, N)]
    [InlineData(NPO, true, T)]
    [InlineData(NPI, false, NPI)]
    [InlineData(NPOI, true, TPI)]
    [InlineData(T, false, T)]
    [InlineData(TPI, false, TPI)]
    [InlineData(F, false, F)]
    [InlineData(FPO, true, B)]
    [InlineData(B, false, B)]
    public void Inbound_subscribed(SubscriptionState state, bool isDelivered, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isDelivered, next), SubscriptionStates.Inbound(StanzaType.Subscribed, state));

    [Theory]
    [InlineData(N, false, N)]
    [InlineData(NPO, true, N)]
    [InlineData(NPI, false, NPI)]
    [InlineData(NPOI, true, NPI)]
    [InlineData(T, true, N)]
    [InlineData(TPI, true, NPI)]
    [InlineData(F, false, F)]
    [InlineData(FPO, true, F)]
    [InlineData(B, true, F)]
    public void Inbound_unsubscribed(SubscriptionState state, bool isDelivered, SubscriptionState next) =>
        Assert.Equal(new SubscriptionStep(isDelivered, next), SubscriptionStates.Inbound(StanzaType.Unsubscribed, state));
}
