using Parley.Server.Routing;

namespace Parley.Server.Modules;

/// <summary>What streams to and from other servers follow; the streams themselves are in Federation.</summary>
public sealed class FederationModule : IXmppModule
{
    public void Configure(ModuleBuilder module) => module
        .Implements("XEP-0178", "1.2", "Best Practices for Use of SASL EXTERNAL with Certificates: between servers")
        .Implements("XEP-0185", "1.0", "Dialback Key Generation and Validation")
        .Implements("XEP-0220", "1.1.1", "Server Dialback")
        .Implements("XEP-0288", "1.0.1", "Bidirectional Server-to-Server Connections");
}
