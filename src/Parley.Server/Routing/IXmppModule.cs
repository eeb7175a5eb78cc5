namespace Parley.Server.Routing;

/// <summary>A part of the server that implements an extension or a service: it records what it handles, and the engine does the rest.</summary>
public interface IXmppModule
{
    /// <summary>Called once, before the server listens. Only records.</summary>
    void Configure(ModuleBuilder module);
}
