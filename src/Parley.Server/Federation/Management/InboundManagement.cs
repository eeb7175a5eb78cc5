using Parley.Protocol.Stanzas;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Diagnostics;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation.Management;

/// <summary>Stream management of a stream that another server opened: enabling it, and going on with one that was lost (XEP-0198 §3, §5).</summary>
/// <remarks>
/// After EXTERNAL the stream begins anew and its features say that there is stream management. After dialback there are no more features, so where dialback may do they say it before;
/// to enable or resume before a domain pair is verified fails with unexpected-request, on a bidirectional stream (XEP-0288) with feature-not-implemented, and the stream goes on. A stream may be resumed where all domain pairs of the old one are verified.
/// </remarks>
internal sealed class InboundManagement(InboundServerStream stream, ServerStreamServices services, InboundSessions sessions)
{
    // How often a session may be found taken by another connection that resumes it, before this one gives up.
    private const int MaxTakeovers = 3;
    private InboundSession? _session;

    /// <summary>Whether an element is one of stream management's.</summary>
    internal static bool IsFor(XmlElement element) =>
        element.Is(ManagementElement.Enable) || element.Is(ManagementElement.Resume) || element.Is(ManagementElement.Request) || element.Is(ManagementElement.Answer);

    /// <summary>Handles one.</summary>
    /// <exception cref="StreamException">It ends the stream.</exception>
    internal async ValueTask ReceiveAsync(XmlElement element, CancellationToken cancellationToken)
    {
        var isManaged = stream.Acknowledgements is not null;
        if (!stream.IsAccepted || (isManaged ? !element.Is(ManagementElement.Enable) : element.Is(ManagementElement.Request) || element.Is(ManagementElement.Answer)))
        {
            Fail(StanzaErrorCondition.UnexpectedRequest);
        }
        else if (stream.IsBidirectional)
        {
            // What goes back would have to be kept and counted as well, for all domains that share the stream.
            Fail(StanzaErrorCondition.FeatureNotImplemented);
        }
        else if (element.Is(ManagementElement.Resume))
        {
            await ResumeAsync(element, cancellationToken);
        }
        else if (isManaged)
        {
            // Once only (§3).
            Fail(StanzaErrorCondition.UnexpectedRequest);
            throw new StreamException(StreamErrorCondition.PolicyViolation, "Stream management is enabled already.");
        }
        else
        {
            Enable(element);
        }
    }

    /// <summary>The stream is over.</summary>
    /// <param name="mayBeResumed">Whether the other server may come back for it.</param>
    /// <returns>Whether it may.</returns>
    internal bool End(bool mayBeResumed)
    {
        if (_session is not { } session)
        {
            return false;
        }

        sessions.Part(session, stream, mayBeResumed);
        return mayBeResumed;
    }

    private void Enable(XmlElement enable)
    {
        var acknowledgements = stream.StartAcknowledging(0);
        if (ManagementElement.ResumptionTime(enable, services.Federation.ResumptionTime) is not { } time)
        {
            Manage(ManagementElement.Enabled());
            return;
        }

        _session = new InboundSession(ManagementElement.NewId(), time, stream, acknowledgements, services.Time);
        sessions.Add(_session);
        Manage(ManagementElement.Enabled(_session.Id, time, null));
    }

    private async ValueTask ResumeAsync(XmlElement resume, CancellationToken cancellationToken)
    {
        if (resume.Attribute("previd") is not { Length: > 0 } id || ManagementElement.HandledCount(resume) is not { } handled)
        {
            Fail(StanzaErrorCondition.BadRequest);
            return;
        }

        // For all of it: the old stream has its time to end, and what came on it as much to be handled.
        using var patience = new CancellationTokenSource(2 * services.Options.CloseTimeout, services.Time);
        for (var i = 0; i < MaxTakeovers && !patience.IsCancellationRequested && sessions.Find(id, stream) is { } session; i++)
        {
            if (await session.IsSettledAsync(patience.Token, cancellationToken) && sessions.TryAttach(session, stream))
            {
                _session = session;
                Manage(ManagementElement.Resumed(session.Handled, id));

                // Nothing was sent on a stream of theirs: they can have handled nothing.
                stream.Acknowledgements!.Take(handled, resume.Attribute("h"));
                Log.Resumed(services.Logger, stream.Connection.Id, stream.Claimed?.Domain ?? "");
                return;
            }
        }

        var isOff = services.Federation.ResumptionTime <= TimeSpan.Zero;
        Fail(isOff ? StanzaErrorCondition.FeatureNotImplemented : StanzaErrorCondition.ItemNotFound, sessions.LastCount(id, stream));
    }

    private void Manage(byte[] answer) => stream.Output.Manage(new UnacknowledgedStanzas(services.Time), answer);

    private void Fail(StanzaErrorCondition condition, uint? handled = null) => stream.Output.Write(ManagementElement.Failure(condition, handled));
}
