using Parley.Protocol.Addressing;
using Parley.Server.Storage;

namespace Parley.Server.Routing;

/// <summary>Visible to those that the account's roster lets have its presence.</summary>
internal sealed class RosterVisibility(IRosterStore rosters) : IAccountVisibility
{
    public async ValueTask<bool> IsVisibleAsync(Jid account, Jid viewer, CancellationToken cancellationToken)
    {
        if (account.BareEquals(viewer))
        {
            return true;
        }

        var (_, items) = await rosters.LoadAsync(account, cancellationToken);
        return items.Any(item => item.Contact.Equals(viewer.Bare) && item.Subscription is (Subscription.From or Subscription.Both));
    }
}
