using System.Text;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

/// <summary>Payloads as text.</summary>
internal static class Payload
{
    internal static XmlElement Read(string xml) => XmlElement.Parse(Encoding.UTF8.GetBytes(xml));

    internal static string Write(Action<Utf8XmlWriter> write) => Encoding.UTF8.GetString(XmlFragment.Build(write));

    internal static void Refused(StanzaErrorCondition condition, Action parse) =>
        Assert.Equal(condition, Assert.Throws<StanzaException>(parse).Error.Condition);
}
