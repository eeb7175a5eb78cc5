using System.Net;
using System.Threading.Channels;
using Parley.Protocol;
using Parley.Protocol.Xml;
using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Federation;

/// <summary>What a test says when it plays another server, capulet.example, to the server that hosts montague.example: the names of XEP-0220.</summary>
internal static class ServerPeer
{
    internal const string Montague = "montague.example";
    internal const string Capulet = "capulet.example";
    internal const string Key = "b4835385f37fe2895af6c196b59097b16862406db80559900d96bf6fa7d23df3";
    internal const string Dialback = "jabber:server:dialback";
    internal const string Features = "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";

    /// <summary>Opens a stream to the server.</summary>
    internal static async Task<TestClient> OpenServerAsync(this XmppTestServer server, string? from = Capulet, string to = Montague, IPAddress? address = null)
    {
        var peer = server.ConnectServer(address);
        await peer.SendAsync(Header(from, to, null));
        await peer.ReceiveHeaderAsync();
        Assert.True((await peer.ReceiveAsync()).Is("features", Namespaces.Streams));
        return peer;
    }

    internal static string Header(string? from, string to, string? id) =>
        $"<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:db='{Dialback}' xmlns:stream='{Namespaces.Streams}' version='1.0'"
        + $"{(from is null ? "" : $" from='{from}'")} to='{to}'{(id is null ? "" : $" id='{id}'")}>";

    /// <summary>Takes the connection that the server makes, and opens the stream from this side.</summary>
    internal static async Task<TestClient> AcceptAsync(this ChannelReader<TestClient> accepted, string id = "D60000229F", string features = Features, string domain = Capulet)
    {
        var stream = await accepted.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TestClient.Patience);
        var header = await stream.ReceiveHeaderAsync();
        Assert.Equal((Montague, domain), (header.From, header.To));
        await stream.SendAsync(Header(domain, Montague, id) + features);
        return stream;
    }

    /// <summary>Has the pair of domains verified: the peer's key is said to be valid by the authoritative server that the test plays.</summary>
    internal static async Task<TestClient> VerifiedAsync(this XmppTestServer server, ChannelReader<TestClient> accepted)
    {
        var peer = await server.OpenServerAsync();
        await peer.SendAsync($"<db:result from='{Capulet}' to='{Montague}'>{Key}</db:result>");
        var authority = await accepted.AcceptAsync();
        await authority.AnswerAsync("valid");
        Assert.Equal("valid", (await peer.ReceiveAsync()).Attribute("type"));
        return peer;
    }

    /// <summary>Answers the question of step 2.</summary>
    internal static async Task<XmlElement> AnswerAsync(this TestClient authority, string type, string content = "")
    {
        var question = await authority.ReceiveAsync(static element => element.Is("verify", Dialback));
        await authority.SendAsync($"<db:verify from='{question.Attribute("to")}' to='{question.Attribute("from")}' id='{question.Attribute("id")}' type='{type}'>{content}</db:verify>");
        return question;
    }

    /// <summary>Expects an answer of dialback.</summary>
    internal static async Task ExpectAsync(this TestClient peer, string name, string from, string to, string type, string? condition = null, string? id = null)
    {
        var answer = await peer.ReceiveAsync();
        Assert.True(answer.Is(name, Dialback), peer.Describe($"<db:{name}/> was due"));
        Assert.Equal((from, to, type, id), (answer.Attribute("from"), answer.Attribute("to"), answer.Attribute("type"), answer.Attribute("id")));
        if (condition is null)
        {
            Assert.False(answer.HasChildren);
        }
        else
        {
            Assert.True(answer.Child("error", Namespaces.Server)?.Child(condition, Namespaces.StanzaErrors) is not null, peer.Describe($"{condition} was due"));
        }
    }
}
