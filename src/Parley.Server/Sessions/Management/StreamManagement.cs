using System.Globalization;
using System.Security.Cryptography;
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
        .Implements("XEP-0198", "1.6.3", "Stream Management")
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
        else if (stream.Session is not { IsManaged: true } session)
        {
            Fail(stream, Unexpected);
        }
        else if (element.Is(ManagementElement.Request))
        {
            session.Acknowledge();
        }
        else
        {
            session.Acknowledged(ManagementElement.HandledCount(element), element.Attribute("h"));
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

        var longest = options.Value.ResumptionTime;
        if (!ManagementElement.IsTrue(enable.Attribute("resume")) || longest <= TimeSpan.Zero)
        {
            session.Manage(null, TimeSpan.Zero, XmlFragment.Build(static writer => writer.Start("enabled", ManagementElement.Namespace).End()));
            return;
        }

        if (uint.TryParse(enable.Attribute("max"), NumberStyles.None, CultureInfo.InvariantCulture, out var wish) && wish > 0 && wish < longest.TotalSeconds)
        {
            longest = TimeSpan.FromSeconds(wish);
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var answer = XmlFragment.Build(writer => writer
            .Start("enabled", ManagementElement.Namespace)
            .Attribute("id", id)
            .Attribute("resume", "true")
            .Attribute("max", ((long)longest.TotalSeconds).ToString(CultureInfo.InvariantCulture))
            .Attribute("location", options.Value.ResumptionLocation)
            .End());
        session.Manage(id, longest, answer);
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

        for (var i = 0; i < MaxTakeovers && resumable.Find(id, stream.Account!) is { } session; i++)
        {
            if (await session.IsDetachedAsync(options.Value.CloseTimeout, time, cancellationToken) && await stream.TryResumeAsync(session, handled, cancellationToken))
            {
                return;
            }
        }

        // Where resumption is off, sessions that were promised it before a restart can still be resumed; no others (§5).
        Fail(stream, options.Value.ResumptionTime > TimeSpan.Zero ? NotFound : NotSupported, resumable.LastCount(id, stream.Account!));
    }

    private static void Fail(ClientStream stream, StanzaError error, uint? handled = null) => stream.Send(writer =>
        writer.Start(ManagementElement.Failed)
            .Attribute("h", handled?.ToString(CultureInfo.InvariantCulture))
            .Element(StanzaError.ConditionName(error.Condition), Protocol.Namespaces.StanzaErrors)
            .End());
}
