using Parley.Interop.Tests.Federation.Servers;
using Xunit;

namespace Parley.Interop.Tests.Federation;

/// <summary>Parley and Parley, in a process each.</summary>
public sealed class TwoParleysTests(TwoParleysTests.Pairs pairs) : OtherServerTests(pairs), IClassFixture<TwoParleysTests.Pairs>
{
    /// <summary>The servers.</summary>
    public sealed class Pairs : ServerPairs
    {
        internal override TestedServer Create(ServerSetup setup) => new ParleyServer(setup);
    }
}
