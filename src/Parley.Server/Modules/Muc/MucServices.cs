using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Hosting;
using Parley.Server.Modules.Archive;
using Parley.Server.Modules.Muc.Rooms;
using Parley.Server.Modules.Muc.UseCases;
using Parley.Server.Routing;

namespace Parley.Server.Modules.Muc;

/// <summary>What rooms are made of. A use case is plugged in by its line here.</summary>
internal static class MucServices
{
    internal static IXmppServerBuilder AddMuc(this IXmppServerBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<MucOptions>().ValidateOnStart();
        services
            .AddSingleton<IValidateOptions<MucOptions>, MucOptionsValidation>()
            .AddSingleton<MucAdmins>()
            .AddSingleton<MucDomains>()
            .AddSingleton<IRoomServices>(static provider => provider.GetRequiredService<MucDomains>())
            .AddSingleton<RoomDirectory>()
            .AddSingleton<RoomListing>()
            .AddSingleton<RoomHandlers>()
            .AddSingleton(static provider => new Lazy<RoomHandlers>(provider.GetRequiredService<RoomHandlers>))
            .AddSingleton<ServiceHandlers>()
            .AddSingleton(static provider => new Lazy<ServiceHandlers>(provider.GetRequiredService<ServiceHandlers>))
            .AddSingleton<RoomStanzas>()
            .AddSingleton(static provider => new Lazy<RoomStanzas>(provider.GetRequiredService<RoomStanzas>))
            .AddSingleton(static provider => new Lazy<IRemoteDomains>(provider.GetRequiredService<IRemoteDomains>))
            .AddSingleton<RoomStorage>()
            .AddSingleton<RoomKeeping>()
            .AddSingleton<RoomTombstones>()
            .AddSingleton<RoomFanOut>()
            .AddSingleton<RoomPresence>()
            .AddSingleton<RoomCreation>()
            .AddSingleton<RoomEnd>()
            .AddSingleton<RoomRates>()
            .AddSingleton<Departures>()
            .AddSingleton<AffiliationChange>()
            .AddSingleton<RoleChange>()
            .AddSingleton<JoinedRooms>()
            .AddSingleton<OccupantIds>()
            .AddSingleton<ReservedContent>()
            .AddSingleton<EntryRules>()
            .AddSingleton<RoomIntroduction>()
            .AddSingleton<PresenceChange>()
            .AddSingleton<NicknameChange>()
            .AddSingleton<RoomConfiguring>()
            .AddSingleton<AffiliationRules>()
            .AddSingleton<AffiliationNotices>()
            .AddSingleton<AffiliationAdministration>()
            .AddSingleton<RoleAdministration>()
            .AddSingleton<RoomAvatar>()
            .AddSingleton<RegistrationApproval>()
            .AddSingleton<RoomRegistration>()
            .AddSingleton<IArchiveDomains, MucArchiveDomains>()
            .AddHostedService<MucHosting>()
            .AddHostedService<RoomUnlocking>();

        // In this order: the first whose predicate fits a message handles it.
        services
            .AddSingleton<IRoomUseCase, Entering>()
            .AddSingleton<IRoomUseCase, Leaving>()
            .AddSingleton<IRoomUseCase, Ghosts>()
            .AddSingleton<IRoomUseCase, SubjectChange>()
            .AddSingleton<IRoomUseCase, GroupMessages>()
            .AddSingleton<IRoomUseCase, PrivateMessages>()
            .AddSingleton<IRoomUseCase, VoiceRequests>()
            .AddSingleton<IRoomUseCase, Administration>()
            .AddSingleton<IRoomUseCase, Invitations>()
            .AddSingleton<IRoomUseCase, Declining>()
            .AddSingleton<IRoomUseCase, RegistrationDecision>()
            .AddSingleton<IRoomUseCase>(static provider => provider.GetRequiredService<RoomRegistration>())
            .AddSingleton<IRoomUseCase, Ownership>()
            .AddSingleton<IRoomUseCase, RoomDisco>()
            .AddSingleton<IRoomUseCase, RoomArchive>()
            .AddSingleton<IRoomUseCase, RoomRetraction>()
            .AddSingleton<IRoomUseCase, RoomModeration>()
            .AddSingleton<IRoomUseCase, HatAdministration>()
            .AddSingleton<IOccupantExtension, WornHats>()
            .AddSingleton(new ReservedNamespace(Hat.Namespace))
            .AddSingleton<IGroupMessageExtension, RoomRetraction>()
            .AddSingleton<IGroupMessageExtension, SlowMode>()
            .AddSingleton<IRoomUseCase>(static provider => provider.GetRequiredService<RoomAvatar>())
            .AddSingleton<IRoomUseCase, IqRelay>()
            .AddSingleton<IRoomUseCase, SelfPing>()
            .AddSingleton<IServiceUseCase, ServiceDisco>()
            .AddSingleton<IServiceUseCase, UniqueNames>()
            .AddSingleton<IServiceUseCase, RoomSearch>();
        return builder.AddModule<MucModule>();
    }
}
