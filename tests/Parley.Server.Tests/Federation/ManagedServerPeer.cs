using System.Globalization;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.Server.Connections;
using Parley.TestKit;
using Xunit;
using static Parley.Server.Tests.Federation.ServerPeer;

namespace Parley.Server.Tests.Federation;

/// <summary>What another server, played by a test, says for stream management (XEP-0198).</summary>
internal static class ManagedServerPeer
{
    internal const string Management = "urn:xmpp:sm:3";

    /// <summary>Features of a server that knows dialback and stream management.</summary>
    internal const string ManagedFeatures = $"<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback><sm xmlns='{Management}'/></stream:features>";

    /// <summary>Enables stream management on a stream that the peer opened; the id.</summary>
    internal static async Task<string> EnableAsync(this TestClient peer, string attributes = "resume='true'")
    {
        await peer.SendAsync($"<enable xmlns='{Management}' {attributes}/>");
        var enabled = await peer.ReceiveAsync();
        Assert.True(enabled.Is("enabled", Management), peer.Describe("<enabled/> was due"));
        return enabled.Attribute("id") ?? "";
    }

    /// <summary>Asks to resume; the answer.</summary>
    internal static async Task<XmlElement> AskToResumeAsync(this TestClient peer, string id, string handled = "0")
    {
        await peer.SendAsync($"<resume xmlns='{Management}' previd='{id}' h='{handled}'/>");
        return await peer.ReceiveAsync();
    }

    /// <summary>Asks how many of its stanzas are handled.</summary>
    internal static async Task<uint> AskHandledAsync(this TestClient peer)
    {
        await peer.SendAsync($"<r xmlns='{Management}'/>");
        var answer = await peer.ReceiveAsync();
        Assert.True(answer.Is("a", Management), peer.Describe("<a/> was due"));
        return uint.Parse(answer.Attribute("h")!, CultureInfo.InvariantCulture);
    }

    /// <summary>Says how many of the server's stanzas are handled.</summary>
    internal static Task TellHandledAsync(this TestClient peer, uint handled) => peer.SendAsync($"<a xmlns='{Management}' h='{handled}'/>");

    /// <summary>Expects the failure of an enable or a resume.</summary>
    internal static void IsFailed(this XmlElement answer, string condition, string? handled = null)
    {
        Assert.True(answer.Is("failed", Management), $"<failed/> was due, and <{answer.LocalName}/> came.");
        Assert.NotNull(answer.Child(condition, Namespaces.StanzaErrors));
        Assert.Equal(handled, answer.Attribute("h"));
    }

    /// <summary>Expects the end of a stream on which a count was too high (§6).</summary>
    internal static async Task ExpectTooHighAsync(this TestClient peer, string? handled, string sent)
    {
        var error = await peer.ReceiveAsync(static element => element.Is("error", Namespaces.Streams));
        Assert.NotNull(error.Child("undefined-condition", Namespaces.StreamErrors));
        var why = error.Child("handled-count-too-high", Management);
        Assert.NotNull(why);
        Assert.Equal((handled, sent), (why.Value.Attribute("h"), why.Value.Attribute("send-count")));
    }

    /// <summary>Takes the connection that the server makes, up to the answer to its key: stanzas may come.</summary>
    internal static async Task<TestClient> TakeStreamAsync(this ChannelReader<TestClient> accepted, string features = ManagedFeatures)
    {
        var stream = await accepted.AcceptAsync(features: features);
        await stream.AcceptKeyAsync(Montague);
        return stream;
    }

    /// <summary>Takes the connection that the server makes in the name of one of these domains of its; no key has been read.</summary>
    internal static async Task<TestClient> AcceptFirstAsync(this ChannelReader<TestClient> accepted, string[] locals)
    {
        var stream = await accepted.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        var header = await stream.ReceiveHeaderAsync();
        Assert.Contains(header.From, locals);
        await stream.SendAsync(Header(Capulet, header.From!, "D60000229F") + ManagedFeatures);
        return stream;
    }

    /// <summary>Expects a key of a domain, and takes it.</summary>
    internal static async Task AcceptKeyAsync(this TestClient stream, string local)
    {
        var result = await stream.ReceiveAsync(element => element.Is("result", Dialback) && element.Attribute("from") == local);
        Assert.Null(result.Attribute("type"));
        await stream.SendAsync($"<db:result from='{Capulet}' to='{local}' type='valid'/>");
    }

    /// <summary>Expects the server to enable stream management, and says that it is.</summary>
    internal static async Task BeEnabledAsync(this TestClient stream, string? id = "some-long-sm-id")
    {
        var enable = await stream.ReceiveAsync();
        Assert.True(enable.Is("enable", Management), stream.Describe("<enable/> was due"));
        Assert.Equal("true", enable.Attribute("resume"));
        await stream.SendAsync(id is null ? $"<enabled xmlns='{Management}'/>" : $"<enabled xmlns='{Management}' id='{id}' resume='true'/>");
    }

    /// <summary>Expects the server to resume; what it says to have handled is nothing.</summary>
    internal static async Task BeResumedAsync(this TestClient stream, string id = "some-long-sm-id")
    {
        var resume = await stream.ReceiveAsync();
        Assert.True(resume.Is("resume", Management), stream.Describe("<resume/> was due"));
        Assert.Equal((id, "0"), (resume.Attribute("previd"), resume.Attribute("h")));
    }

    /// <summary>Completes when other servers have acknowledged all that was sent to them.</summary>
    internal static async Task AcknowledgedAsync(this XmppTestServer server)
    {
        foreach (var stream in server.Get<OpenStreams>())
        {
            await stream.Output.HandedOverAsync().WaitAsync(TestClient.Patience);
        }
    }

    /// <summary>Expects these messages, and nothing else but requests.</summary>
    internal static async Task ExpectMessagesAsync(this TestClient stream, params string[] ids)
    {
        foreach (var id in ids)
        {
            XmlElement next;
            do
            {
                next = await stream.ReceiveAsync();
            }
            while (next.Is("r", Management));
            Assert.True(next.LocalName == "message" && next.Attribute("id") == id, stream.Describe($"Message {id} was due"));
        }
    }
}
