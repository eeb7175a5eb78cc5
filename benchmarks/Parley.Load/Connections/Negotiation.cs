using System.Security.Cryptography;
using System.Text;

namespace Parley.Load.Connections;

/// <summary>From an open socket to a bound, available client (RFC 6120 §4–§7), or to a registered account (XEP-0077).</summary>
internal sealed class Negotiation(Target target, ClientConnection connection, CancellationToken cancellation)
{
    /// <summary>Logs a client in and binds a resource; with <paramref name="presence"/> it also becomes available.</summary>
    public static async Task<ClientConnection> LogInAsync(Target target, int index, bool presence, CancellationToken cancellation)
    {
        var connection = await ClientConnection.ConnectAsync(target, index, cancellation);
        try
        {
            var negotiation = new Negotiation(target, connection, cancellation);
            await negotiation.OpenAsync();
            await negotiation.AuthenticateAsync(target.User(index));
            await negotiation.BindAsync();
            if (target.Managed)
                await negotiation.ManageAsync();
            if (presence)
                await negotiation.AppearAsync();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Registers an account; false where it exists already.</summary>
    public static async Task<bool> RegisterAsync(Target target, int index, CancellationToken cancellation)
    {
        using var connection = await ClientConnection.ConnectAsync(target, index, cancellation);
        var negotiation = new Negotiation(target, connection, cancellation);
        await negotiation.OpenAsync();
        var reply = await negotiation.AskAsync(
            "register",
            $"<query xmlns='jabber:iq:register'><username>{target.User(index)}</username><password>{target.Password}</password></query>");
        await connection.CloseAsync(cancellation);
        if (IsResult(reply))
            return true;
        if (reply.Contains("<conflict", StringComparison.Ordinal))
            return false;
        throw new LoadException($"registration refused: {reply}");
    }

    private static bool IsResult(string iq) => ElementText.Attribute(iq, "type") == "result";

    private async Task OpenAsync()
    {
        var features = await OpenStreamAsync();
        if (!target.StartTls)
            return;
        if (!features.Contains("<starttls", StringComparison.Ordinal))
            throw new LoadException("the server does not offer STARTTLS");
        await connection.SendAsync("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", cancellation);
        await connection.ReadUntilAsync(static e => e.StartsWith("<proceed", StringComparison.Ordinal), cancellation);
        await connection.StartTlsAsync(target.Domain, cancellation);
        await OpenStreamAsync();
    }

    private async Task<string> OpenStreamAsync()
    {
        await connection.OpenStreamAsync(target.Domain, cancellation);
        return await connection.ReadUntilAsync(
            static e => e.StartsWith("<stream:features", StringComparison.Ordinal) || e.StartsWith("<features", StringComparison.Ordinal), cancellation);
    }

    private async Task AuthenticateAsync(string user)
    {
        if (target.Mechanism == "PLAIN")
        {
            await StepAsync("auth", $"\0{user}\0{target.Password}", "success");
            return;
        }

        var hash = target.Mechanism == "SCRAM-SHA-1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        var scram = new ScramClient(hash, user, target.Password, target.Keys);
        var challenge = await StepAsync("auth", scram.First(), "challenge");
        var outcome = await StepAsync("response", scram.Final(challenge), "success");
        if (!scram.IsServer(outcome))
            throw new LoadException("the server's SCRAM signature is wrong");
    }

    private async Task<string> StepAsync(string name, string text, string expected)
    {
        var mechanism = name == "auth" ? $" mechanism='{target.Mechanism}'" : "";
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
        await connection.SendAsync($"<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'{mechanism}>{encoded}</{name}>", cancellation);
        var reply = await connection.ReadElementAsync(cancellation);
        return reply.StartsWith($"<{expected}", StringComparison.Ordinal)
            ? Encoding.UTF8.GetString(Convert.FromBase64String(ElementText.Content(reply)))
            : throw new LoadException($"authentication refused: {reply}");
    }

    private async Task BindAsync()
    {
        var features = await OpenStreamAsync();
        var bound = await AskAsync("bind", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>load</resource></bind>");
        var start = bound.IndexOf("<jid>", StringComparison.Ordinal) + 5;
        var end = bound.IndexOf("</jid>", StringComparison.Ordinal);
        if (!IsResult(bound) || end < start)
            throw new LoadException($"binding refused: {bound}");
        connection.Jid = bound[start..end];

        // RFC 3921's session: only where the server still requires it.
        var session = features.IndexOf("<session", StringComparison.Ordinal);
        if (session < 0 || features.IndexOf("<optional", session, StringComparison.Ordinal) >= 0)
            return;
        var opened = await AskAsync("session", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>");
        if (!IsResult(opened))
            throw new LoadException($"session refused: {opened}");
    }

    // With resumption, as clients do.
    private async Task ManageAsync()
    {
        await connection.SendAsync("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", cancellation);
        var reply = await connection.ReadUntilAsync(
            static e => e.StartsWith("<enabled", StringComparison.Ordinal) || e.StartsWith("<failed", StringComparison.Ordinal),
            cancellation);
        if (reply.StartsWith("<failed", StringComparison.Ordinal))
            throw new LoadException($"stream management refused: {reply}");
        connection.Management = new StreamManagement();
    }

    private ValueTask AppearAsync()
    {
        connection.Management?.Send(stamp: 0);
        return connection.SendAsync($"<presence{connection.StanzaAttributes}/>", cancellation);
    }

    private async Task<string> AskAsync(string id, string payload)
    {
        await connection.SendAsync($"<iq{connection.StanzaAttributes} type='set' id='{id}'>{payload}</iq>", cancellation);
        return await connection.ReadUntilAsync(e => e.StartsWith("<iq", StringComparison.Ordinal) && ElementText.Attribute(e, "id") == id, cancellation);
    }
}
