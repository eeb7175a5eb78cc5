using System.Security.Cryptography;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc.UseCases;

/// <summary>Gives those who may create rooms a name that no room has or will have: nobody finds it twice (XEP-0307).</summary>
internal sealed class UniqueNames(RoomCreation creation) : IServiceUseCase
{
    public void Configure(ServiceHandlers handlers) => handlers.OnIq(StanzaType.Get, UniqueRoomName.Name, AnswerAsync);

    private ValueTask<Stanza> AnswerAsync(MucService service, Delivery delivery, XmlElement payload, CancellationToken cancellationToken)
    {
        creation.RequireCreator(delivery.Stanza.From!.Bare);
        var name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20));
        return new(delivery.Stanza.Result(writer => UniqueRoomName.Write(writer, name)));
    }
}
