using System.CommandLine;

namespace Parley.Host.Commands;

/// <summary><c>parley user …</c>: the accounts, whether the server runs or not.</summary>
internal static class UserCommand
{
    internal static Command Create() => new("user", "Add, change, remove and list accounts, whether the server runs or not.")
    {
        UserAddCommand.Create(),
        UserRemoveCommand.Create(),
        UserPasswordCommand.Create(),
        UserListCommand.Create(),
    };
}
