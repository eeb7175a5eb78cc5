using System.Buffers;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;

namespace Parley.Protocol.Extensions;

/// <summary>A copy of a message that another resource of the same account sent or received (XEP-0280 1.0.1).</summary>
/// <param name="Direction">Whether the account sent or received the message.</param>
/// <param name="Message">The message, complete.</param>
public sealed record Carbon(CarbonDirection Direction, Stanza Message)
{
    public const string Namespace = "urn:xmpp:carbons:2";

    /// <summary>The feature of servers that copy by exactly the rules of XEP-0280 §6.1.</summary>
    public const string Rules = "urn:xmpp:carbons:rules:0";

    public static readonly XmlName Enable = new("enable", Namespace);
    public static readonly XmlName Disable = new("disable", Namespace);
    public static readonly XmlName Sent = new("sent", Namespace);
    public static readonly XmlName Received = new("received", Namespace);

    /// <summary>What keeps a message from being copied (§9).</summary>
    public static readonly XmlName Private = new("private", Namespace);

    /// <summary>Whether a message claims to be a copy. Whether it is one, <see cref="Read"/> says.</summary>
    public static bool IsWrapper(Stanza message) =>
        message.HasChild(Sent.LocalUtf8, Sent.NamespaceUtf8) || message.HasChild(Received.LocalUtf8, Received.NamespaceUtf8);

    /// <summary>The copy that a message brings to a resource of <paramref name="account"/>.</summary>
    /// <param name="wrapper">What the resource received, its sender stamped by the server.</param>
    /// <param name="account">The receiving account; the resource does not count.</param>
    /// <returns>The copy; null when there is none, and when it does not come from the account itself: then it is forged (§7, §12).</returns>
    /// <exception cref="StanzaException">bad-request: the account's own copy holds no message.</exception>
    public static Carbon? Read(Stanza wrapper, Jid account)
    {
        ArgumentNullException.ThrowIfNull(wrapper);
        ArgumentNullException.ThrowIfNull(account);
        if (wrapper.Kind != StanzaKind.Message || wrapper.From?.Equals(account.Bare) != true)
        {
            return null;
        }

        return wrapper.Child(Sent) is { } sent ? new Carbon(CarbonDirection.Sent, MessageIn(sent))
            : wrapper.Child(Received) is { } received ? new Carbon(CarbonDirection.Received, MessageIn(received))
            : null;
    }

    /// <summary>The message that brings this copy: of the same type, from the account itself (§7, §8).</summary>
    /// <param name="account">The account, a bare JID.</param>
    /// <param name="resource">The resource that gets it; null for the one message to be sent to several under their own addresses.</param>
    public Stanza Wrap(Jid account, Jid? resource = null)
    {
        var output = new ArrayBufferWriter<byte>(Message.Size + 192);
        var name = Direction == CarbonDirection.Sent ? Sent : Received;
        output.Write(Direction == CarbonDirection.Sent ? "<sent xmlns='urn:xmpp:carbons:2'>"u8 : "<received xmlns='urn:xmpp:carbons:2'>"u8);
        Forwarded.Write(output, Message);
        output.Write(Direction == CarbonDirection.Sent ? "</sent>"u8 : "</received>"u8);
        var payload = output.WrittenMemory;
        StanzaChild[] children = [new(0, payload.Length, name.LocalUtf8Memory, name.NamespaceUtf8Memory)];
        return new Stanza(StanzaKind.Message, Message.Type, payload, children) { From = account, To = resource };
    }

    private static Stanza MessageIn(XmlElement element) =>
        Forwarded.Parse(element.RequiredChild(Forwarded.Name)).Stanza is { Kind: StanzaKind.Message } message
            ? message
            : throw new StanzaException(StanzaErrorCondition.BadRequest, "Only messages are copied.");
}

/// <summary>Which way the message of a <see cref="Carbon"/> went.</summary>
public enum CarbonDirection
{
    /// <summary>Another resource of the account sent it.</summary>
    Sent,

    /// <summary>It was received for the account, by another resource or by none.</summary>
    Received,
}
