using System.Text;

namespace Parley.Protocol.Sasl;

/// <summary>How names and passwords are made comparable before they are hashed or looked up.</summary>
internal static class SaslPreparation
{
    /// <summary>The password as it is hashed, or null where no password can look like this.</summary>
    public static string? Password(string password) => password.Length == 0 ? null : PreparedPassword(password);

    /// <summary>The localpart that is looked up, or null where no account can have this name.</summary>
    public static string? Username(string username) => username.Length == 0 ? null : PreparedUsername(username);

    private static string PreparedPassword(string password) => password.Normalize(NormalizationForm.FormC);

    private static string PreparedUsername(string username) => username.ToLowerInvariant().Normalize(NormalizationForm.FormC);
}
