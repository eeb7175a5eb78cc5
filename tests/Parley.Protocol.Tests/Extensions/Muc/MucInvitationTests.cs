using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class MucInvitationTests
{
    private const string Open = "<x xmlns='http://jabber.org/protocol/muc#user'>";
    private const string Thread = "e0ffe42b28561960c6b12b944a092794b9683a38";
    private static readonly Jid Hecate = Jid.Parse("hecate@shakespeare.lit");
    private static readonly Jid Crone = Jid.Parse("crone1@shakespeare.lit/desktop");

    public static TheoryData<string, MucInvitations> Invitations => new()
    {
        { "<invite to='hecate@shakespeare.lit'><reason>Hey Hecate, this is the place!</reason></invite>", new([new(Hecate, null, "Hey Hecate, this is the place!")]) },
        {
            "<invite from='crone1@shakespeare.lit/desktop'><reason>Hey Hecate, this is the place!</reason></invite><password>cauldronburn</password>",
            new([new(null, Crone, "Hey Hecate, this is the place!")], "cauldronburn")
        },
        {
            $"<invite to='wiccarocks@shakespeare.lit/laptop'><reason>Both.</reason><continue thread='{Thread}'/></invite><invite to='hag66@shakespeare.lit'><continue/></invite>",
            new([new(Jid.Parse("wiccarocks@shakespeare.lit/laptop"), null, "Both.", new(Thread)), new(Jid.Parse("hag66@shakespeare.lit"), null, null, new())])
        },
        { "<invite from='bard@shakespeare.lit'/><password>cauldronburn</password>", new([new(null, Jid.Parse("bard@shakespeare.lit"))], "cauldronburn") },
    };

    [Theory]
    [MemberData(nameof(Invitations))]
    public void Invitations_of_the_specification_are_read_and_written(string content, MucInvitations expected)
    {
        var invitations = MucInvitations.In(Payload.Read($"{Open}{content}</x>"))!;

        Assert.Equal(expected.Invitations, invitations.Invitations);
        Assert.Equal(expected.Password, invitations.Password);
        Assert.Equal($"{Open}{content}</x>", Payload.Write(invitations.WriteTo));
    }

    [Theory]
    [InlineData("<decline to='crone1@shakespeare.lit'><reason>Sorry, I&apos;m too busy right now.</reason></decline>", "crone1@shakespeare.lit", null, "Sorry, I'm too busy right now.")]
    [InlineData("<decline from='hecate@shakespeare.lit'><reason>&lt;</reason></decline>", null, "hecate@shakespeare.lit", "<")]
    [InlineData("<decline to='crone1@shakespeare.lit'/>", "crone1@shakespeare.lit", null, null)]
    public void Declines_of_the_specification_are_read_and_written(string content, string? to, string? from, string? reason)
    {
        var decline = MucDecline.In(Payload.Read($"{Open}{content}</x>"))!;

        Assert.Equal(new MucDecline(to is null ? null : Jid.Parse(to), from is null ? null : Jid.Parse(from), reason), decline);
        Assert.Equal($"{Open}{content.Replace("&apos;", "'", StringComparison.Ordinal)}</x>", Payload.Write(decline.WriteTo));
    }

    [Fact]
    public void What_neither_invites_nor_declines_is_told_apart()
    {
        var status = Payload.Read($"{Open}<status code='104'/><invite xmlns='urn:x' to='@'/><decline xmlns='urn:x' to='@'/></x>");

        Assert.Null(MucInvitations.In(status));
        Assert.Null(MucDecline.In(status));
    }

    [Fact]
    public void Addresses_that_are_none_and_too_many_invitations_are_refused()
    {
        Payload.Refused(StanzaErrorCondition.JidMalformed, () => MucInvitations.In(Payload.Read($"{Open}<invite to='@'/></x>")));
        Payload.Refused(StanzaErrorCondition.JidMalformed, () => MucDecline.In(Payload.Read($"{Open}<decline to=''/></x>")));
        Assert.Equal(MucInvitations.MaxInvitations, MucInvitations.In(Payload.Read(Many(MucInvitations.MaxInvitations)))!.Invitations.Count);
        Payload.Refused(StanzaErrorCondition.PolicyViolation, () => MucInvitations.In(Payload.Read(Many(MucInvitations.MaxInvitations + 1))));

        static string Many(int count) => $"{Open}{string.Concat(Enumerable.Repeat("<invite to='a@b'/>", count))}</x>";
    }

    [Theory]
    [InlineData("jid='darkcave@macbeth.shakespeare.lit' password='cauldronburn' reason='Hey Hecate!'", "cauldronburn", "Hey Hecate!", false, null)]
    [InlineData($"continue='true' jid='darkcave@macbeth.shakespeare.lit' password='cauldronburn' reason='Hey &lt;&amp;' thread='{Thread}'", "cauldronburn", "Hey <&", true, Thread)]
    [InlineData("continue='true' jid='darkcave@macbeth.shakespeare.lit'", null, null, true, null)]
    [InlineData("jid='darkcave@macbeth.shakespeare.lit'", null, null, false, null)]
    public void Direct_invitations_are_read_and_written(string attributes, string? password, string? reason, bool continues, string? thread)
    {
        var xml = $"<x xmlns='jabber:x:conference' {attributes}/>";
        var invitation = DirectInvitation.Parse(Payload.Read(xml));

        Assert.Equal(new DirectInvitation(Jid.Parse("darkcave@macbeth.shakespeare.lit"), password, reason, continues ? new MucContinuation(thread) : null), invitation);
        Assert.Equal(xml, Payload.Write(invitation.WriteTo));
    }

    [Theory]
    [InlineData("", StanzaErrorCondition.BadRequest)]
    [InlineData("jid=''", StanzaErrorCondition.BadRequest)]
    [InlineData("jid='@'", StanzaErrorCondition.JidMalformed)]
    [InlineData("jid='a@b' continue='perhaps'", StanzaErrorCondition.BadRequest)]
    public void What_is_no_direct_invitation_is_refused(string attributes, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => DirectInvitation.Parse(Payload.Read($"<x xmlns='jabber:x:conference' {attributes}/>")));

    [Fact]
    public void A_thread_without_continuation_is_no_chat_to_go_on_with() =>
        Assert.Null(DirectInvitation.Parse(Payload.Read("<x xmlns='jabber:x:conference' jid='a@b' thread='1' continue='0'/>")).Continued);
}
