using System.Text;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.TestKit;

/// <summary>The answer to a request over HTTP.</summary>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The type of what it brings.</param>
/// <param name="Bytes">What it brings.</param>
/// <param name="IsAborted">Whether the server cut the connection instead.</param>
/// <param name="Headers">Its headers.</param>
public sealed record BoshReply(int Status, string? ContentType, byte[] Bytes, bool IsAborted, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>What it brings, as text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The wrapper.</summary>
    public XmlElement Body => XmlElement.Parse(Bytes);

    /// <summary>The payloads.</summary>
    public IReadOnlyList<XmlElement> Elements
    {
        get
        {
            if (Bytes.Length == 0)
            {
                return [];
            }

            var elements = new List<XmlElement>();
            foreach (var child in Body.Children)
            {
                elements.Add(child);
            }

            return elements;
        }
    }

    /// <summary>An attribute of the wrapper, or null.</summary>
    public string? Attribute(string name, string? ns = null) => Body.Attribute(name, ns);

    /// <summary>The session ended, with that condition; null for none.</summary>
    public void IsTerminal(string? condition)
    {
        Assert.Equal(200, Status);
        Assert.True(Attribute("type") == "terminate" && Attribute("condition") == condition, $"{condition} was due.\n{Text}");
    }

    /// <summary>The session ended, with that error of the stream within.</summary>
    public void IsStreamError(string condition)
    {
        IsTerminal("remote-stream-error");
        var error = Assert.Single(Elements, static element => element.Is("error", "http://etherx.jabber.org/streams"));
        Assert.True(error.Child(condition, "urn:ietf:params:xml:ns:xmpp-streams") is not null, $"{condition} was due.\n{Text}");
    }
}

/// <summary>Waiting for answers.</summary>
public static class BoshReplyExtensions
{
    /// <summary>The answer, which has to come within <see cref="TestClient.Patience"/>.</summary>
    public static Task<T> InTimeAsync<T>(this Task<T> request) => request.WaitAsync(TestClient.Patience);
}
