using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>How names and passwords are made comparable before they are hashed or looked up.</summary>
internal static class SaslPreparation
{
    /// <summary>The password as it is hashed, or null where no password can look like this.</summary>
    public static string? Password(string password) => PreparedPassword(password);

    /// <summary>The localpart that is looked up, or null where no account can have this name.</summary>
    public static string? Username(string username) => PreparedUsername(username);

    private static string? PreparedPassword(string password) => Composed(password);

    private static string? PreparedUsername(string username) => Composed(username.ToLowerInvariant());

    private static string? Composed(string text)
    {
        if (text.Length == 0 || text.Any(char.IsControl))
            return null;
        try
        {
            return text.Normalize(NormalizationForm.FormC);
        }
        catch (ArgumentException)
        {
            // Noncharacters and halves of surrogate pairs.
            return null;
        }
    }
}
