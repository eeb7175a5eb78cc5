namespace Parley.Server.Tests.Hostile;

/// <summary>What is no proper XML, or not the XML of XMPP, whatever kind of stream it comes on: what is sent, and the stream error.</summary>
/// <remarks>Characters up to U+00FF stand for the bytes of that value.</remarks>
internal static class XmlRows
{
    /// <summary>The address that the rows' messages are for, as it stands in them.</summary>
    internal const string Witness = "to='witness@example.org/w'";

    internal static readonly (string Input, string Outcome)[] Malformed =
    [
        ($"<message {Witness}><a></b></message>", "not-well-formed"),
        ($"<message {Witness}><a></message>", "not-well-formed"),
        ($"<message {Witness} a='1' a='2'/>", "not-well-formed"),
        ($"<message {Witness} xmlns:p='u' xmlns:q='u' p:a='1' q:a='2'/>", "not-well-formed"),
        ($"<message {Witness}><x a='1' a='2'/></message>", "not-well-formed"),
        ($"<message {Witness}>a & b</message>", "not-well-formed"),
        ($"<message {Witness}><body>&amp</body></message>", "not-well-formed"),
        ($"<message {Witness}><p:x/></message>", "not-well-formed"),
        ($"<message {Witness} p:a='1'/>", "not-well-formed"),
        ($"<message {Witness}><x xmlns:xml='urn:x'/></message>", "not-well-formed"),
        ($"<message {Witness}><x xmlns:p=''/></message>", "not-well-formed"),
        ($"<message {Witness}>]]></message>", "not-well-formed"),
        ($"<message {Witness}><1x/></message>", "not-well-formed"),
        ($"<message {Witness} a=1/>", "not-well-formed"),
        ($"<message {Witness} a/>", "not-well-formed"),
        ("< message/>", "not-well-formed"),
        ("<>", "not-well-formed"),
        ("</message>", "not-well-formed"),

        // Characters.
        ($"<message {Witness}><body>\0</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u0001</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>&#0;</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>&#x1F;</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>&#xD800;</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>&#x110000;</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>&#xFFFE;</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00EF\u00BF\u00BE</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00EF\u00BF\u00BF</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00ED\u00A0\u0080</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00C0\u0080</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00E2\u0082</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00F4\u0090\u0080\u0080</body></message>", "not-well-formed"),
        ($"<message {Witness}><body>\u00FF</body></message>", "not-well-formed"),
        ($"<message {Witness} id='\u00FF'/>", "not-well-formed"),

        // Restricted XML.
        ("<!DOCTYPE x>", "restricted-xml"),
        ("<!-- x -->", "restricted-xml"),
        ("<?x y?>", "restricted-xml"),
        ($"<message {Witness}><!-- x --></message>", "restricted-xml"),
        ($"<message {Witness}><body><!DOCTYPE x [<!ENTITY a 'a'>]></body></message>", "restricted-xml"),
        ($"<message {Witness}><?x y?></message>", "restricted-xml"),
        ($"<message {Witness}><body>&nbsp;</body></message>", "restricted-xml"),
        ($"<message {Witness} id='&lol;'/>", "restricted-xml"),
        ($"<message {Witness}><x a='&lol9;'/></message>", "restricted-xml"),

        // Sizes.
        ($"<message {Witness}>{string.Concat(Enumerable.Repeat("<x>", 50_000))}", "policy-violation"),
        ($"<message {Witness} {string.Concat(Enumerable.Range(0, 20_000).Select(i => $"a{i}='' "))}/>", "policy-violation"),
        ($"<message {Witness}><x {string.Concat(Enumerable.Range(0, 100).Select(i => $"a{i}='' "))}/></message>", "policy-violation"),
    ];
}
