using System.Text;

namespace Parley.Host.Commands;

/// <summary>Where a password comes from: the option, a line of standard input, or whoever sits at the terminal, without echo.</summary>
internal static class PasswordPrompt
{
    /// <exception cref="CommandException">There is none, or what was typed twice is not the same.</exception>
    internal static string Read(string? option, string prompt)
    {
        if (option is not null)
        {
            return option;
        }

        if (Console.IsInputRedirected)
        {
            return Console.In.ReadLine()
                ?? throw new CommandException(ExitCode.Usage, "No password: give it on standard input, at the prompt of a terminal, or with --password.");
        }

        var first = Ask(prompt);
        return first == Ask("Once more: ") ? first : throw new CommandException(ExitCode.Usage, "The two passwords are not the same.");
    }

    private static string Ask(string prompt)
    {
        Console.Error.Write(prompt);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
