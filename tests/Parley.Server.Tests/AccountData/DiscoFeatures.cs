using Parley.TestKit;
using Xunit;

namespace Parley.Server.Tests.AccountData;

internal static class DiscoFeatures
{
    private const string Info = "http://jabber.org/protocol/disco#info";

    /// <summary>The server advertises these.</summary>
    internal static async Task HasFeaturesAsync(this TestClient client, params string[] expected)
    {
        var info = (await client.IqAsync("get", client.Domain, $"<query xmlns='{Info}'/>")).IsResult()!.Value;
        var found = new List<string>();
        foreach (var child in info.Children)
        {
            if (child.Is("feature", Info))
            {
                found.Add(child.Attribute("var")!);
            }
        }

        Assert.Empty(expected.Except(found, StringComparer.Ordinal));
    }
}
