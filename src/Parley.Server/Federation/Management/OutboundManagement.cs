using System.Globalization;
using Parley.Protocol.Addressing;
using Parley.Protocol.Streams;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation.Management;

/// <summary>Stream management of a stream that we opened: enabled before its first stanza where the other server offers it, or resumed (XEP-0198 §3, §5).</summary>
/// <remarks>What is decided here is decided under the lock of the <see cref="RemoteServer"/>; nobody waits for the answer to enable, for stanzas count from there on.</remarks>
internal sealed class OutboundManagement(OutboundServerStream stream, RemoteServer remote, ServerStreamServices services)
{
    // Longer ids should not be (§5).
    private const int MaxIdLength = 4000;
    private static readonly XmlName Enabled = new("enabled", ManagementElement.Namespace);
    private static readonly XmlName Resumed = new("resumed", ManagementElement.Namespace);
    private Step _step;
    private string? _id;
    private uint _acknowledgedBefore;
    private long _askedAt;

    private enum Step
    {
        /// <summary>Nothing has been asked for.</summary>
        None,

        /// <summary>No answer to enable yet.</summary>
        Enabling,

        /// <summary>No answer to resume yet: no stanza is sent.</summary>
        Resuming,

        /// <summary>Both sides count.</summary>
        Managed,
    }

    /// <summary>Whether the other server offers it, as far as the stream has come, and the stream may be managed.</summary>
    internal bool IsOffered { get; set; }

    /// <summary>Whether the stream is managed, or about to be.</summary>
    internal bool IsUsed => IsOffered || _step != Step.None;

    /// <summary>Whether stanzas may be sent: it is enabled, resumed, or there will be none.</summary>
    internal bool IsDecided { get; private set; }

    /// <summary>Whether more may be sent before the other server has acknowledged some.</summary>
    internal bool HasRoom => stream.Output.UnacknowledgedBytes < services.Federation.MaxUnacknowledgedBytes;

    /// <summary>Whether something was sent that may not have arrived.</summary>
    internal bool IsOwed => stream.Output.UnacknowledgedBytes > 0;

    private bool IsResumable => services.Federation.ResumptionTime > TimeSpan.Zero;

    /// <summary>Enables it where it is offered: what is sent behind this counts.</summary>
    internal void Enable()
    {
        IsDecided = true;
        if (!IsOffered)
        {
            return;
        }

        _step = Step.Enabling;
        _askedAt = services.Time.GetTimestamp();
        stream.Output.Manage(new UnacknowledgedStanzas(services.Time), XmlFragment.Build(writer =>
        {
            writer.Start(ManagementElement.Enable);
            if (IsResumable)
            {
                writer.Attribute("resume", "true").Attribute("max", ((long)services.Federation.ResumptionTime.TotalSeconds).ToString(CultureInfo.InvariantCulture));
            }

            writer.End();
        }));
    }

    /// <summary>Asks to go on with a stream that was lost; <see cref="RemoteServer.Resumed"/> or <see cref="RemoteServer.NotResumed"/> is the outcome.</summary>
    internal void Resume(SuspendedStream lost)
    {
        if (_step == Step.Resuming)
        {
            return;
        }

        (_step, _id, _askedAt) = (Step.Resuming, lost.Id, services.Time.GetTimestamp());
        stream.Output.Write(XmlFragment.Build(writer => writer
            .Start(ManagementElement.Resume)
            .Attribute("h", lost.Handled.ToString(CultureInfo.InvariantCulture))
            .Attribute("previd", lost.Id)
            .End()));
    }

    /// <summary>The stream goes on with another that was lost.</summary>
    internal void Continue(SuspendedStream lost)
    {
        IsDecided = true;
        _step = Step.Managed;
        _acknowledgedBefore = lost.Acknowledged;
        stream.StartAcknowledging(lost.Handled);
    }

    /// <summary>Takes an answer; false when the element is none that was asked for.</summary>
    /// <exception cref="StreamException">It says what cannot be.</exception>
    internal bool TryReceive(XmlElement element)
    {
        switch (_step)
        {
            case Step.Enabling when element.Is(Enabled):
                _step = Step.Managed;

                // Some say that it may be resumed, and give no id: then it may not.
                _id = IsResumable && ManagementElement.IsTrue(element.Attribute("resume")) && element.Attribute("id") is { Length: > 0 and <= MaxIdLength } id ? id : null;
                stream.StartAcknowledging(0);
                return true;
            case Step.Enabling when element.Is(ManagementElement.Failed):
                _step = Step.None;
                stream.Output.Unmanage();

                // There is room for what waited for acknowledgements.
                remote.Relieve(stream);
                return true;
            case Step.Resuming when element.Is(Resumed):
                if (element.Attribute("previd") != _id)
                {
                    throw new StreamException(StreamErrorCondition.InvalidXml, "Another stream was to be resumed.");
                }

                remote.Resumed(stream, ManagementElement.HandledCount(element), element.Attribute("h"));
                return true;
            case Step.Resuming when element.Is(ManagementElement.Failed):
                (_step, _id) = (Step.None, null);
                remote.NotResumed(stream, ManagementElement.HandledCount(element));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Whether the other server has owed an answer to enable or resume for too long.</summary>
    internal bool IsLate(long timestamp) =>
        _step is Step.Enabling or Step.Resuming && services.Time.GetElapsedTime(_askedAt, timestamp) >= services.Options.NegotiationTimeout;

    /// <summary>The stream is over, and takes nothing more: what is left of its management (<see cref="RemoteServer.EndManagement"/>).</summary>
    /// <param name="wasFinished">Whether either side ended it, and it was not only lost.</param>
    internal ManagedRemains End(bool wasFinished)
    {
        if (_step is not Step.Managed and not Step.Enabling)
        {
            return default;
        }

        var (acknowledged, stanzas) = stream.Output.Kept();
        var suspended = _id is not null && !wasFinished && stanzas.Length > 0 && _step == Step.Managed && !stream.Output.Overflowed
            ? new SuspendedStream(_id, [], stream.Acknowledgements!.Handled, acknowledged, stanzas)
            : null;
        return new(true, acknowledged != _acknowledgedBefore, suspended);
    }
}
