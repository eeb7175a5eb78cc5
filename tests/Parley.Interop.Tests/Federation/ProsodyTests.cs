using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Prosody.</summary>
public sealed class ProsodyTests(ProsodyTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<ProsodyTests.Pairs>
{
    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        internal override TestedServer Create(ServerSetup setup) => new ProsodyServer(setup);
    }
}
