using Microsoft.Extensions.Options;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Hosting;
using Parley.Server.Routing;

namespace Parley.Server.Sessions.Management;

/// <summary>Stream management (XEP-0198 1.6.3): acknowledgements both ways, and streams that are resumed on another connection.</summary>
internal sealed class StreamManagement(ResumableSessions resumable, IOptions<XmppServerOptions> options, TimeProvider time) : IStreamFeature, IXmppModule
{
    // How often a session may be found taken by another connection that resumes it, before this one gives up.
    private const int MaxTakeovers = 3;
    private static readonly StanzaError Unexpected = new(StanzaErrorCondition.UnexpectedRequest);
    private static readonly StanzaError Malformed = new(StanzaErrorCondition.BadRequest);
    private static readonly StanzaError NotFound = new(StanzaErrorCondition.ItemNotFound);
    private static readonly StanzaError NotSupported = new(StanzaErrorCondition.FeatureNotImplemented);

    // Who comes too early is told so (§3).
    public StreamState Requires => StreamState.None;

    public StreamState Forbids => StreamState.None;

    public IReadOnlyList<XmlName> Elements =>
        [ManagementElement.Enable, ManagementElement.Resume, ManagementElement.Request, ManagementElement.Answer];

    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0198", "1.6.3", "Stream Management: of clients and between servers")
        .StreamFeature(this);

    public void Advertise(ClientStream stream, Utf8XmlWriter features)
    {
        if (stream.Account is not null)
        {
            features.Start(ManagementElement.Feature).End();
        }
    }

    public async ValueTask<Negotiation> NegotiateAsync(ClientStream stream, XmlElement element, CancellationToken cancellationToken)
    {
        if (stream.Account is null)
        {
            Fail(stream, Unexpected);
            throw new StreamException(StreamErrorCondition.NotAuthorized, "Authenticate first.");
        }

        if (element.Is(ManagementElement.Resume))
        {
            await ResumeAsync(stream, element, cancellationToken);
        }
        else if (element.Is(ManagementElement.Enable))
        {
            Enable(stream, element);
        }
        else if (stream.Session?.Acknowledgements is not { } acknowledgements)
        {
            Fail(stream, Unexpected);
        }
        else if (element.Is(ManagementElement.Request))
        {
            acknowledgements.Answer();
        }
        else
        {
            acknowledgements.Take(ManagementElement.HandledCount(element), element.Attribute("h"));
        }

        return Negotiation.Continue;
    }

    private void Enable(ClientStream stream, XmlElement enable)
    {
        if (stream.Session is not { } session)
        {
            Fail(stream, Unexpected);
            return;
        }

        if (session.IsManaged)
        {
            // Once only (§3).
            Fail(stream, Unexpected);
            throw new StreamException(StreamErrorCondition.PolicyViolation, "Stream management is enabled already.");
        }

        if (ManagementElement.ResumptionTime(enable, options.Value.ResumptionTime) is not { } longest)
        {
            session.Manage(null, TimeSpan.Zero, ManagementElement.Enabled());
            return;
        }

        var id = ManagementElement.NewId();
        session.Manage(id, longest, ManagementElement.Enabled(id, longest, options.Value.ResumptionLocation));
        resumable.Add(session);
    }

    private async Task ResumeAsync(ClientStream stream, XmlElement resume, CancellationToken cancellationToken)
    {
        if (stream.Session is not null)
        {
            Fail(stream, Unexpected);
            return;
        }

        if (resume.Attribute("previd") is not { Length: > 0 } id || ManagementElement.HandledCount(resume) is not { } handled)
        {
            Fail(stream, Malformed);
            return;
        }

        // For all of it: the old stream has its time to end, and what came on it as much to be handled.
        using var patience = new CancellationTokenSource(2 * options.Value.CloseTimeout, time);
        for (var i = 0; i < MaxTakeovers && !patience.IsCancellationRequested && resumable.Find(id, stream.Account!) is { } session; i++)
        {
            if (await session.IsDetachedAsync(patience.Token, cancellationToken) && await stream.TryResumeAsync(session, handled, cancellationToken))
            {
                return;
            }
        }

        // Where resumption is off, sessions that were promised it before a restart can still be resumed; no others (§5).
        Fail(stream, options.Value.ResumptionTime > TimeSpan.Zero ? NotFound : NotSupported, resumable.LastCount(id, stream.Account!));
    }

    private static void Fail(ClientStream stream, StanzaError error, uint? handled = null) => stream.Output.Write(ManagementElement.Failure(error.Condition, handled));
}
