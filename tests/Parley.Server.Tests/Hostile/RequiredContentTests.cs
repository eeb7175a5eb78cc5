using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.Hostile;

/// <summary>A required attribute or child that is missing or empty is a bad-request, whoever answers the request.</summary>
public class RequiredContentTests(HostileServer hostile) : IClassFixture<HostileServer>
{
    private const string Own = "mallory@example.org";
    private const string Form = "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>";

    public static TheoryData<Transport, string, string> Requests => Rows.OverEveryTransport(
        ("<iq type='get' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
        ("<iq type='get' id='' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
        ("<iq id='1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
        ("<iq type='' id='1' to='example.org'><ping xmlns='urn:xmpp:ping'/></iq>", "bad-request"),
        ("<iq type='get' id='1' to='example.org'/>", "bad-request"),
        ("<iq type='set' id='1' to='example.org'>enable</iq>", "bad-request"),
        (Get("<query xmlns='http://jabber.org/protocol/disco#info' node=''/>"), "bad-request"),
        (Get("<query xmlns='http://jabber.org/protocol/disco#items' node=''/>"), "bad-request"),
        (Get("<query xmlns='http://jabber.org/protocol/disco#info' node=''/>", "example.org"), "bad-request"),
        (Get("<query xmlns='http://jabber.org/protocol/disco#items' node=''/>", "example.org"), "bad-request"),
        (Set("<query xmlns='jabber:iq:roster'/>"), "bad-request"),
        (Set("<query xmlns='jabber:iq:roster'><item/></query>"), "bad-request"),
        (Set("<query xmlns='jabber:iq:roster'><item jid=''/></query>"), "bad-request"),
        (Set("<block xmlns='urn:xmpp:blocking'/>"), "bad-request"),
        (Set("<block xmlns='urn:xmpp:blocking'><item/></block>"), "bad-request"),
        (Set("<block xmlns='urn:xmpp:blocking'><item jid=''/></block>"), "bad-request"),
        (Set("<unblock xmlns='urn:xmpp:blocking'><item/></unblock>"), "bad-request"),
        (Set("<unblock xmlns='urn:xmpp:blocking'><item jid=''/></unblock>"), "bad-request"),
        (Get("<query xmlns='jabber:iq:private'/>"), "bad-request"),
        (Set("<query xmlns='jabber:iq:register'/>"), "bad-request"),
        (Set("<query xmlns='jabber:iq:register'><username>mallory</username><password/></query>"), "bad-request"),
        (Set("<prefs xmlns='urn:xmpp:mam:2'/>"), "bad-request"),
        (Set("<prefs xmlns='urn:xmpp:mam:2' default=''/>"), "bad-request"),
        (Set("<prefs xmlns='urn:xmpp:mam:2' default='always'><never><jid/></never></prefs>"), "jid-malformed"),
        (Query("<x xmlns='jabber:x:data'/>"), "bad-request"),
        (Query("<x xmlns='jabber:x:data' type=''/>"), "bad-request"),
        (Query("<x xmlns='jabber:x:data' type='submit'/>"), "bad-request"),
        (Query("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'/></x>"), "bad-request"),
        (Query("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value/></field></x>"), "bad-request"),
        (Query(Form + "<field><value>x</value></field></x>"), "bad-request"),
        (Query(Form + "<field var=''><value>x</value></field></x>"), "bad-request"),
        (Query("<set xmlns='http://jabber.org/protocol/rsm'><max/></set>"), "bad-request"),
        (Query("<set xmlns='http://jabber.org/protocol/rsm'><index/></set>"), "bad-request"));

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task What_is_missing_is_a_bad_request_and_the_stream_goes_on(Transport transport, string request, string condition)
    {
        var mallory = await hostile.ReachAsync(Progress.Bound, transport);

        await mallory.SendAsync(request);

        (await mallory.ReceiveAsync()).IsError(condition, "modify");
        await mallory.ExpectNothingAsync();
        await hostile.NobodyNoticedAsync();
    }

    private static string Get(string payload, string to = Own) => $"<iq type='get' id='1' to='{to}'>{payload}</iq>";

    private static string Set(string payload) => $"<iq type='set' id='1' to='{Own}'>{payload}</iq>";

    private static string Query(string content) => Set($"<query xmlns='urn:xmpp:mam:2'>{content}</query>");
}
