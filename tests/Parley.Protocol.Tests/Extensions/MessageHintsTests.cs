using System.Text;
using Parley.Protocol.Extensions;
using Parley.Protocol.Stanzas;
using Xunit;

namespace Parley.Protocol.Tests.Extensions;

public class MessageHintsTests
{
    [Theory]
    [InlineData("<message><body>V unir avtug'f pybnx</body><no-copy xmlns='urn:xmpp:hints'/><no-store xmlns='urn:xmpp:hints'/></message>", ProcessingHints.NoCopy | ProcessingHints.NoStore)]
    [InlineData("<message><store xmlns='urn:xmpp:hints'/></message>", ProcessingHints.Store)]
    [InlineData("<message><no-permanent-store xmlns='urn:xmpp:hints'/></message>", ProcessingHints.NoPermanentStore)]
    [InlineData("<message><unheard-of xmlns='urn:xmpp:hints'/></message>", ProcessingHints.None)]
    [InlineData("<message><store/></message>", ProcessingHints.None)]
    [InlineData("<message type='error'><store xmlns='urn:xmpp:hints'/></message>", ProcessingHints.None)]
    public void Hints_are_read(string message, ProcessingHints hints) =>
        Assert.Equal(hints, Stanza.Read(Encoding.UTF8.GetBytes(message), StanzaContext.Client())!.Hints());
}
