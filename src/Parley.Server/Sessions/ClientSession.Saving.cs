using Parley.Protocol.Addressing;
using Parley.Server.Connections;
using Parley.Server.Routing;
using Parley.Server.Sessions.Management;
using Parley.Server.Storage;

namespace Parley.Server.Sessions;

/// <content>How a session without a connection outlives a restart of the server.</content>
public sealed partial class ClientSession
{
    internal ClientSession(ClientStreamServices services, AccountSessions account, Jid jid, string id, SessionState state)
    {
        _services = services;
        Account = account;
        Jid = jid;
        _wasSecure = state.WasSecure;
        ResumptionId = id;
        ResumptionTime = state.ResumptionTime;
        Presence = state.Presence;
        Priority = state.Priority;
        foreach (var slot in services.Registry.KeptSlots)
        {
            if (state.Slots.TryGetValue(slot.Name, out var content))
            {
                _slots[slot.Index] = slot.Read(content);
            }
        }

        var unacknowledged = new UnacknowledgedStanzas(services.Time);
        foreach (var sent in state.Stanzas)
        {
            unacknowledged.Add(sent);
        }

        unacknowledged.StartAt(state.Acknowledged);
        _output = OutputQueue.Parked(unacknowledged, services.Options.MaxOutputBytes, WhenFull);
        StartAcknowledging(state.Handled);

        // The time that the server was down counts.
        var elapsed = state.ResumptionTime - (state.Expires - services.Time.GetUtcNow());
        _detachedAt = services.Time.GetTimestamp() - (long)(Math.Max(elapsed.TotalSeconds, 0) * services.Time.TimestampFrequency);
    }

    /// <summary>What has to be kept of a session without a connection.</summary>
    internal DetachedSession Save()
    {
        // A hold does not outlive a restart. What it kept is for the stream on which the session goes on, which begins without one.
        Release(new FlushSet());
        var (acknowledged, stanzas) = Output.Kept();
        var slots = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var slot in _services.Registry.KeptSlots)
        {
            if (_slots[slot.Index] is { } content)
            {
                slots.Add(slot.Name, slot.Write(content));
            }
        }

        var state = new SessionState
        {
            ResumptionTime = ResumptionTime,
            Expires = _services.Time.GetUtcNow() + ResumptionTime - _services.Time.GetElapsedTime(_detachedAt),
            Handled = HandledCount,
            Acknowledged = acknowledged,
            Presence = Presence,
            Priority = Priority,
            WasSecure = _wasSecure,
            Stanzas = stanzas,
            Slots = slots,
        };
        return new DetachedSession(ResumptionId!, Jid, state.ToBytes());
    }
}
