using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.Server.Sessions;
using Parley.Server.Sessions.Management;

namespace Parley.Server.Federation;

/// <content>Stream management (XEP-0198): what both sides of a stream do once it is enabled.</content>
internal abstract partial class ServerStream
{
    private volatile Acknowledgements? _acknowledgements;

    /// <summary>The acknowledgements; null while stream management is not enabled.</summary>
    internal Acknowledgements? Acknowledgements => _acknowledgements;

    /// <summary>What the peer sent, and how much of it is handled.</summary>
    internal ReceivedStanzas Received => _stanzas.Received;

    /// <summary>Counts what the peer sends from here on.</summary>
    /// <param name="handledBefore">How much was handled on the streams that this one goes on with.</param>
    internal Acknowledgements StartAcknowledging(uint handledBefore)
    {
        var acknowledgements = new Acknowledgements(Received, handledBefore, () => Output, Time);
        _stanzas.AreCounted = true;
        _acknowledgements = acknowledgements;
        return acknowledgements;
    }

    /// <summary>The peer does not manage the stream after all.</summary>
    private protected void StopAcknowledging()
    {
        _stanzas.AreCounted = false;
        _acknowledgements = null;
    }

    /// <summary>Takes a request or an acknowledgement that is not written as most write it; false where the stream is not managed, or it is something else.</summary>
    private protected bool TryTake(XmlElement element)
    {
        if (_acknowledgements is not { } acknowledgements)
        {
            return false;
        }

        if (element.Is(ManagementElement.Request))
        {
            acknowledgements.Answer();
            return true;
        }

        if (element.Is(ManagementElement.Answer))
        {
            acknowledgements.Take(ManagementElement.HandledCount(element), element.Attribute("h"));
            return true;
        }

        return false;
    }

    /// <summary>Whether the peer answers when it is asked what it has handled.</summary>
    private protected bool IsAnswering(long timestamp) => _acknowledgements?.Check(timestamp, Options.AcknowledgementTimeout) != false;

    // Who is told as late as that what is handled does not send it again (XEP-0198 §4).
    private protected override async ValueTask TakeLeaveAsync()
    {
        if (_acknowledgements is not { } acknowledgements)
        {
            return;
        }

        try
        {
            await Received.SettledAsync().AsTask().WaitAsync(Acknowledgements.Patience, Time);
        }
        catch (TimeoutException)
        {
            // A store that takes its time: the rest comes again.
        }

        acknowledgements.Tell();
    }
}
