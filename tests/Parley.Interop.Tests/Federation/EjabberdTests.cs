using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and ejabberd.</summary>
public sealed class EjabberdTests(EjabberdTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<EjabberdTests.Pairs>
{
    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        private protected override ServerPlace Here => new("example.org", isLocalhost: true);

        internal override TestedServer Create(ServerSetup setup) => new EjabberdServer(setup);
    }
}
