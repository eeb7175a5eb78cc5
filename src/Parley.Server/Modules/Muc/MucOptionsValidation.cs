using Microsoft.Extensions.Options;
using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Server.Hosting;

namespace Parley.Server.Modules.Muc;

/// <summary>Checks the options of rooms when the server starts; each message names the key and what it takes.</summary>
internal sealed class MucOptionsValidation(IOptions<XmppServerOptions> server) : IValidateOptions<MucOptions>
{
    public ValidateOptionsResult Validate(string? name, MucOptions options)
    {
        var failures = new List<string>();
        Within(failures, nameof(options.MaxOccupantsLimit), options.MaxOccupantsLimit, 1, 100_000);
        Within(failures, nameof(options.MaxOccupants), options.MaxOccupants, 1, Math.Max(options.MaxOccupantsLimit, 1));
        Within(failures, nameof(options.MaxRooms), options.MaxRooms, 0, int.MaxValue);
        Within(failures, nameof(options.MaxRoomsPerUser), options.MaxRoomsPerUser, 0, int.MaxValue);
        Within(failures, nameof(options.MaxRoomsJoined), options.MaxRoomsJoined, 0, int.MaxValue);
        Within(failures, nameof(options.MaxAffiliations), options.MaxAffiliations, 1, MucAdmin.MaxItems);
        Within(failures, nameof(options.MaxVCardSize), options.MaxVCardSize, 0, 1024 * 1024);
        Within(failures, nameof(options.MessageRate), options.MessageRate, 0, 1000);
        Within(failures, nameof(options.PresenceRate), options.PresenceRate, 0, 1000);
        Within(failures, nameof(options.RequestRate), options.RequestRate, 0, 1000);
        Within(failures, nameof(options.MaxHistoryLimit), options.MaxHistoryLimit, 0, 1000);
        Within(failures, nameof(options.MaxHistory), options.MaxHistory, 0, Math.Max(options.MaxHistoryLimit, 0));
        Within(failures, nameof(options.MaxNicknameLength), options.MaxNicknameLength, 1, Jid.MaxPartLength);
        Within(failures, nameof(options.MaxSubjectLength), options.MaxSubjectLength, 1, 64 * 1024);
        if (options.IdleTime < TimeSpan.FromSeconds(1))
        {
            failures.Add($"{nameof(options.IdleTime)}: {options.IdleTime} will not do; it takes a second or more.");
        }

        if (options.ConfigurationTime < TimeSpan.Zero)
        {
            failures.Add($"{nameof(options.ConfigurationTime)}: {options.ConfigurationTime} will not do; it takes 0 or more.");
        }

        foreach (var service in options.Services)
        {
            if (!Jid.TryParse(service, out var jid) || !jid.IsDomain)
            {
                failures.Add($"{nameof(options.Services)}: '{service}' will not do; it takes a domain.");
            }
            else if (server.Value.IsHosted(service) || server.Value.Components.Keys.Any(component => Jid.TryParse(component, out var its) && its.Equals(jid)))
            {
                failures.Add($"{nameof(options.Services)}: '{service}' will not do; it is a hosted domain or a component already.");
            }
        }

        foreach (var admin in options.Admins)
        {
            if (!Jid.TryParse(admin, out var jid) || !jid.IsBare || !jid.HasLocal)
            {
                failures.Add($"{nameof(options.Admins)}: '{admin}' will not do; it takes addresses such as alice@example.org.");
            }
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Within(List<string> failures, string key, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            failures.Add($"{key}: {value} will not do; it takes {least} to {most}.");
        }
    }
}
