using Parley.Interop.Tests.Wire;

namespace Parley.Interop.Tests.Durability;

/// <summary>Registers accounts, a connection for each; the result of the iq acknowledges.</summary>
internal sealed class RegistrationWriter(string user) : Writer(user)
{
    protected override Task WriteOneAsync(int port, StreamClient session, string item, CancellationToken cancellationToken) =>
        RegisterAsync(port, item, cancellationToken);

    protected override async Task<IReadOnlyList<string>> LostAsync(int port, IReadOnlySet<string> items, CancellationToken cancellationToken)
    {
        var lost = new List<string>();
        foreach (var item in items)
        {
            try
            {
                await using var session = await StreamClient.LogInAsync(port, item, cancellationToken);
            }
            catch (Xunit.Sdk.XunitException)
            {
                lost.Add(item);
            }
        }

        return lost;
    }
}
