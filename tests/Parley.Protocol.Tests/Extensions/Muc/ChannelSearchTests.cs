using Parley.Protocol.Addressing;
using Parley.Protocol.Extensions;
using Parley.Protocol.Extensions.Muc;
using Parley.Protocol.Stanzas;
using Parley.Protocol.Xml;
using Xunit;

namespace Parley.Protocol.Tests.Extensions.Muc;

public class ChannelSearchTests
{
    private const string Open = "<search xmlns='urn:xmpp:channel-search:0:search'>";
    private const string Submit = "<x xmlns='jabber:x:data' type='submit'><field type='hidden' var='FORM_TYPE'><value>urn:xmpp:channel-search:0:search-params</value></field>";

    [Fact]
    public void The_example_is_read() => Assert.Equal(
        new ChannelSearchRequest { Text = "xmpp.org", IsByAddress = true, Page = new ResultSetRequest(5) },
        Request("""
            <field var="q" type="text-single" label="Search for"><value>xmpp.org</value></field>
            <field var="key" type="list-single" label="Sort results by">
              <value>{urn:xmpp:channel-search:0:order}address</value>
              <option label='Number of online users'><value>{urn:xmpp:channel-search:0:order}nusers</value></option>
              <option label='Address'><value>{urn:xmpp:channel-search:0:order}address</value></option>
            </field>
            """,
            "<set xmlns='http://jabber.org/protocol/rsm'><max>5</max></set>"));

    [Fact]
    public void Without_a_form_the_form_is_asked_for()
    {
        Assert.Null(ChannelSearchRequest.Parse(Payload.Read($"{Open}</search>")));

        var form = DataForm.Parse(Payload.Read(Payload.Write(ChannelSearch.Form.WriteTo)));
        Assert.Equal(ChannelSearch.FormType, form.FormType);
        Assert.Equal(
            ["q", "all", "sinname", "sindescription", "sinaddress", "min_users", "types", "key"],
            form.Fields.Skip(1).Select(static field => field.Variable));
        Assert.Equal(ChannelSearch.ByUsers, form.Text("key"));
    }

    [Fact]
    public void All_that_is_asked_is_written_and_read_again()
    {
        ChannelSearchRequest[] requests =
        [
            new(),
            new() { Text = "cave", InName = false, InAddress = false, MinUsers = 3, IsByAddress = true, Page = new(10, "x") },
            new() { Text = "a<b", InDescription = false },
        ];
        foreach (var request in requests)
        {
            Assert.Equal(request, ChannelSearchRequest.Parse(Payload.Read(Payload.Write(request.WriteTo))));
        }
    }

    [Theory]
    [InlineData("<field var='types'><value>xep-0369</value></field>", false)]
    [InlineData("<field var='types'><value>xep-0369</value><value>xep-0045</value></field>", true)]
    [InlineData("<field var='types'/>", true)]
    public void Types_narrow_the_result(string types, bool wantsRooms) => Assert.Equal(wantsRooms, Request($"<field var='all'><value>1</value></field>{types}").WantsRooms);

    [Theory]
    [InlineData("sinaddr")]
    [InlineData("sinaddress")]
    public void Both_names_of_the_address_field_are_known(string name)
    {
        Assert.False(Request($"<field var='q'><value>a</value></field><field var='{name}'><value>false</value></field>").InAddress);
        Assert.True(Request($"<field var='q'><value>a</value></field><field var='{name}'><value>1</value></field><field var='frob'><value>1</value></field>").InAddress);
    }

    [Theory]
    [InlineData("", StanzaErrorCondition.BadRequest, StanzaErrorType.Cancel, "no-search-conditions")]
    [InlineData("<field var='q'><value/></field>", StanzaErrorCondition.BadRequest, StanzaErrorType.Cancel, "no-search-conditions")]
    [InlineData("<field var='all'><value>0</value></field>", StanzaErrorCondition.BadRequest, StanzaErrorType.Cancel, "no-search-conditions")]
    [InlineData("<field var='all'><value>1</value></field><field var='q'><value>a</value></field>", StanzaErrorCondition.BadRequest, StanzaErrorType.Modify, "conflicting-fields")]
    [InlineData("<field var='q'><value>a</value></field><field var='key'><value>age</value></field>", StanzaErrorCondition.FeatureNotImplemented, StanzaErrorType.Modify, "invalid-sort-key")]
    [InlineData("<field var='q'><value>a</value></field><field var='min_users'><value>-1</value></field>", StanzaErrorCondition.NotAcceptable, StanzaErrorType.Modify, null)]
    [InlineData("<field var='q'><value>a</value></field><field var='sinname'><value>x</value></field>", StanzaErrorCondition.NotAcceptable, StanzaErrorType.Modify, null)]
    public void What_cannot_be_searched_for_is_refused(string fields, StanzaErrorCondition condition, StanzaErrorType type, string? application)
    {
        var error = Assert.Throws<StanzaException>(() => Request(fields)).Error;

        Assert.Equal((condition, type), (error.Condition, error.Type));
        Assert.Equal(application is null ? null : new XmlName(application, "urn:xmpp:channel-search:0:error"), error.ApplicationCondition);
    }

    [Fact]
    public void Results_are_read_and_written()
    {
        const string xml = "<result xmlns='urn:xmpp:channel-search:0:search'><item address='commteam@muc.xmpp.org'><name>commteam</name><nusers>10</nusers><is-open/></item>"
            + "<item address='operators@muc.xmpp.org'><name>XMPP Service Operators</name><description>Discussion &amp; more</description><language>en</language><nusers>43</nusers>"
            + "<service-type>xep-0045</service-type><anonymity-mode>muc_semianonymous</anonymity-mode></item>"
            + "<set xmlns='http://jabber.org/protocol/rsm'><first>opaque-string-1</first><last>opaque-string-2</last></set></result>";

        var result = ChannelSearchResult.Parse(Payload.Read(xml));
        Assert.Equal(
            [
                new ChannelSearchItem(Jid.Parse("commteam@muc.xmpp.org")) { Title = "commteam", Users = 10, IsOpen = true },
                new ChannelSearchItem(Jid.Parse("operators@muc.xmpp.org"))
                {
                    Title = "XMPP Service Operators", Description = "Discussion & more", Language = "en", Users = 43,
                    ServiceType = ChannelSearch.RoomType, AnonymityMode = ChannelSearchItem.SemiAnonymous,
                },
            ],
            result.Items);
        Assert.Equal(new ResultSet("opaque-string-1", "opaque-string-2"), result.Page);
        Assert.Equal(xml, Payload.Write(result.WriteTo));
        Assert.Equal("<result xmlns='urn:xmpp:channel-search:0:search'/>", Payload.Write(new ChannelSearchResult([]).WriteTo));
    }

    [Theory]
    [InlineData("<is-open/>", true)]
    [InlineData("<is-open> true </is-open>", true)]
    [InlineData("<is-open>false</is-open>", false)]
    [InlineData("<is-open>0</is-open>", false)]
    [InlineData("", false)]
    public void Open_rooms_are_told_from_others(string content, bool isOpen) =>
        Assert.Equal(isOpen, ChannelSearchResult.Parse(Payload.Read($"<result xmlns='urn:xmpp:channel-search:0:search'><item address='a@b'>{content}</item></result>")).Items[0].IsOpen);

    [Theory]
    [InlineData("<item/>", StanzaErrorCondition.BadRequest)]
    [InlineData("<item address='@'/>", StanzaErrorCondition.JidMalformed)]
    [InlineData("<item address='a@b'><nusers>many</nusers></item>", StanzaErrorCondition.BadRequest)]
    public void What_is_no_result_is_refused(string items, StanzaErrorCondition condition) =>
        Payload.Refused(condition, () => ChannelSearchResult.Parse(Payload.Read($"<result xmlns='urn:xmpp:channel-search:0:search'>{items}</result>")));

    private static ChannelSearchRequest Request(string fields, string set = "") => ChannelSearchRequest.Parse(Payload.Read($"{Open}{set}{Submit}{fields}</x></search>"))!;
}
