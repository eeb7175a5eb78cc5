using System.Globalization;
using Parley.Protocol;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Sessions;
using Parley.Server.Storage;

namespace Parley.Server.Modules;

/// <summary>Last Activity (XEP-0012 2.0): how long the server runs, and for those who may see an account's presence, how long it has been away.</summary>
/// <remarks>A status text of more than 1,024 characters is kept as none.</remarks>
public sealed class LastActivityModule(ILastActivityStore activities, IAccountVisibility visibility, SessionDirectory sessions, TimeProvider time)
    : IXmppModule
{
    private const int MaxStatusLength = 1024;
    private static readonly XmlName Query = new("query", "jabber:iq:last");
    private static readonly XmlName Status = new("status", Namespaces.Client);
    private readonly long _started = time.GetTimestamp();

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0012", "2.0", "Last Activity")
        .OnIqGet(Query, EntityKind.Server, OfServer)
        .OnIqGet(Query, EntityKind.Account, OfAccountAsync)
        .EvenForNoAccount(Query)
        .AtStage(Stage.PreRoute, GuardResource)
        .OnSessionEnded(RecordAsync);

    private ValueTask<Stanza> OfServer(IqRequest request, CancellationToken cancellationToken) =>
        new(Answer(request, time.GetElapsedTime(_started), null));

    private async ValueTask<Stanza> OfAccountAsync(IqRequest request, CancellationToken cancellationToken)
    {
        await RequireVisibleAsync(request.To, request.From, cancellationToken);
        if (sessions.Find(request.To) is not null)
        {
            return Answer(request, TimeSpan.Zero, null);
        }

        var last = await activities.GetAsync(request.To, cancellationToken) ?? throw new StanzaException(StanzaErrorCondition.ItemNotFound);
        return Answer(request, time.GetUtcNow() - last.At, last.Status);
    }

    // A client must not be asked by those who may not know that it is there (XEP-0012 §4).
    private ValueTask<Verdict> GuardResource(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = delivery.Stanza;
        return stanza.Kind == StanzaKind.Iq && stanza.Type == StanzaType.Get && stanza.To!.IsFull
            && delivery.RecipientAccount is { } account && stanza.HasChild(Query.LocalUtf8, Query.NamespaceUtf8)
            ? GuardAsync(account, stanza.From!, cancellationToken)
            : new(Verdict.Continue);
    }

    private async ValueTask<Verdict> GuardAsync(Jid account, Jid viewer, CancellationToken cancellationToken)
    {
        await RequireVisibleAsync(account, viewer, cancellationToken);
        return Verdict.Continue;
    }

    // An account that does not exist shows itself to nobody, and so gets the same answer.
    private async ValueTask RequireVisibleAsync(Jid account, Jid viewer, CancellationToken cancellationToken)
    {
        if (!await visibility.IsVisibleAsync(account, viewer, cancellationToken))
        {
            throw new StanzaException(StanzaErrorCondition.Forbidden);
        }
    }

    private async ValueTask RecordAsync(ClientSession session, FlushSet flush, CancellationToken cancellationToken)
    {
        if (sessions.Find(session.Account.Account) is not null)
        {
            return;
        }

        var status = session.IsAvailable ? null : session.Farewell?.Child(Status)?.Text;
        try
        {
            await activities.SetAsync(
                session.Account.Account,
                new LastActivity(time.GetUtcNow(), status is { Length: > 0 and <= MaxStatusLength } ? status : null),
                cancellationToken);
        }
        catch (AccountNotFoundException)
        {
            // The session ended because its account was removed.
        }
    }

    private static Stanza Answer(IqRequest request, TimeSpan since, string? status) => request.Result(writer =>
    {
        writer.Start(Query).Attribute("seconds", Math.Max(0, (long)since.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        if (status is not null)
        {
            writer.Text(status);
        }

        writer.End();
    });
}
