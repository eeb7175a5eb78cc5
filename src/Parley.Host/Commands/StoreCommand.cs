using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley store …</c>: the database itself.</summary>
internal static class StoreCommand
{
    internal static Command Create() => new("store", "Check the store, or copy everything from one store into another.")
    {
        StoreCheckCommand.Create(),
        StoreCopyCommand.Create(),
    };
}
