using System.Net;

namespace Parley.Interop.Tests.Federation.Servers;

/// <summary>What a server of a test is told.</summary>
/// <param name="Place">Where it is to be.</param>
/// <param name="Proof">How it and the other are to prove who they are.</param>
/// <param name="Names">Who answers for domain names.</param>
/// <param name="Directory">A folder of its own, that it finds again at its next start.</param>
/// <param name="Certificate">The file with its certificate and key.</param>
/// <param name="Authority">The file with the authority's certificate.</param>
internal sealed record ServerSetup(ServerPlace Place, ServerProof Proof, IPEndPoint Names, string Directory, string Certificate, string Authority)
{
    /// <summary>Writes a file of its configuration.</summary>
    internal string Write(string name, string text)
    {
        var path = Path.Combine(Directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
