using System.Runtime.InteropServices;
using System.Text;
using Parley.Protocol.Addressing;
using Parley.Protocol.Stanzas;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.TestKit;
using static Parley.Server.Tests.Muc.RoomClient;

namespace Parley.Server.Tests.Muc;

/// <summary>A domain with any number of users, all of whose stanzas are counted and none is kept: for rooms with more in them than clients could be logged in.</summary>
/// <remarks>What is encoded once and sent to many arrives with the same array: so encodings are told apart from stanzas.</remarks>
internal sealed class CrowdDomain : IDomainTarget
{
    private const string Domain = "far.example.net";
    private readonly StanzaRouter _router;
    private readonly HashSet<byte[]> _encodings = new(ReferenceEqualityComparer.Instance);

    private CrowdDomain(StanzaRouter router) => _router = router;

    /// <summary>Presences that came, of type unavailable not.</summary>
    internal int Presences { get; private set; }

    /// <summary>Presences of type unavailable that came.</summary>
    internal int Departures { get; private set; }

    /// <summary>Messages with a subject and no body.</summary>
    internal int Subjects { get; private set; }

    /// <summary>Other messages.</summary>
    internal int Messages { get; private set; }

    /// <summary>Payloads that were encoded for all that came.</summary>
    internal int Encodings => _encodings.Count;

    /// <summary>The last stanza that came.</summary>
    internal Stanza? Last { get; private set; }

    /// <summary>Puts the domain into a server.</summary>
    internal static CrowdDomain In(XmppTestServer server)
    {
        var crowd = new CrowdDomain(server.Get<StanzaRouter>());
        server.Get<DomainTable>().TryAdd(Jid.Parse(Domain), crowd);
        return crowd;
    }

    /// <summary>Forgets what came.</summary>
    internal void Forget()
    {
        (Presences, Departures, Subjects, Messages) = (0, 0, 0, 0);
        _encodings.Clear();
    }

    /// <summary>The user of a number enters a room under the nickname of that number.</summary>
    internal Task EnterAsync(int number, string room = Coven) => SendAsync(number, $"<presence to='{room}/user{number}'>{Enter()}</presence>");

    /// <summary>The user of a number sends a stanza, and it has been handled.</summary>
    internal async Task SendAsync(int number, string stanza)
    {
        var flush = new FlushSet();
        var read = Stanza.Read(Encoding.UTF8.GetBytes(stanza), StanzaContext.Client())!;
        await _router.RouteAsync(read.WithAddresses(Jid.Parse($"user{number}@{Domain}/pda"), read.To), null, flush, CancellationToken.None);
        flush.Flush();
    }

    public ValueTask DeliverAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        var stanza = Last = delivery.Stanza;
        if (stanza.Payload.Length > 0 && MemoryMarshal.TryGetArray(stanza.Payload, out var array))
        {
            _encodings.Add(array.Array!);
        }

        switch (stanza)
        {
            case { Kind: StanzaKind.Presence, Type: StanzaType.Unavailable }:
                Departures++;
                break;
            case { Kind: StanzaKind.Presence, IsError: false }:
                Presences++;
                break;
            case { Kind: StanzaKind.Message } when stanza.HasChild("subject"u8, "jabber:client"u8) && !stanza.HasChild("body"u8, "jabber:client"u8):
                Subjects++;
                break;
            case { Kind: StanzaKind.Message, IsError: false }:
                Messages++;
                break;
        }

        return ValueTask.CompletedTask;
    }
}
