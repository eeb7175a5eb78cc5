namespace Parley.Load.Scenarios.Rooms;

/// <summary>Makes rooms: the first occupant's entry creates one, which it then unlocks (XEP-0045 §10.1).</summary>
/// <param name="occupants">How many a room has to take.</param>
/// <param name="quiet">Whether only moderators' presence is to be broadcast, which the first occupant alone is, so that a large room fills in linear time.</param>
internal sealed class RoomMaking(int occupants, bool quiet)
{
    private const string Owner = "http://jabber.org/protocol/muc#owner";
    private const string MaxUsers = "muc#roomconfig_maxusers";
    private const string PresenceBroadcast = "muc#roomconfig_presencebroadcast";

    /// <exception cref="LoadException">The room was there before, or it cannot be as is wanted.</exception>
    public async Task MakeAsync(RoomClient first, int room)
    {
        if (!await first.EnterAsync(room))
            throw new LoadException("a room was there before; take another --room-prefix");
        var form = await first.AskAsync(room, "get", $"<query xmlns='{Owner}'/>");
        if (quiet && !Offers(form, PresenceBroadcast))
            throw new LoadException($"the server has no {PresenceBroadcast}, which --quiet needs");
        var fields = "";
        if (Offers(form, MaxUsers))
            fields += Field(MaxUsers, $"<value>{occupants}</value>");
        if (quiet)
            fields += Field(PresenceBroadcast, "<value>moderator</value>");

        // Without fields this is the request for an instant room.
        if (fields.Length > 0)
            fields = Field("FORM_TYPE", "<value>http://jabber.org/protocol/muc#roomconfig</value>") + fields;
        await first.AskAsync(room, "set", $"<query xmlns='{Owner}'><x xmlns='jabber:x:data' type='submit'>{fields}</x></query>");
    }

    private static bool Offers(string form, string field) =>
        form.Contains($"'{field}'", StringComparison.Ordinal) || form.Contains($"\"{field}\"", StringComparison.Ordinal);

    private static string Field(string name, string values) => $"<field var='{name}'>{values}</field>";
}
