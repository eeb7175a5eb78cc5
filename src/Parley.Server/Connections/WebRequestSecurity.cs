using System.Net;
using Microsoft.AspNetCore.Http;

namespace Parley.Server.Connections;

/// <summary>Whether a request over HTTP counts as secure: where it does not, a domain that requires TLS refuses it as over TCP (RFC 7395 §3.9, XEP-0206 §4).</summary>
/// <remarks>
/// Secure are https, a trusted proxy's word that the client came by https (<c>UseTrustedProxies</c> has then made it the request's scheme), and a client on this machine
/// that comes by no proxy. A proxy on this machine that says nothing of itself cannot be told from such a client: it has to send X-Forwarded-For.
/// A browser on this machine may be led here by a page of anybody's, whose name resolves to loopback (DNS rebinding): to that page this is its own origin. Its requests
/// say that name, so that <see cref="OwnNames"/> tell them.
/// </remarks>
public sealed class WebRequestSecurity(OwnNames names)
{
    // What proxies say of themselves or for whom they speak.
    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via"];

    /// <summary>Whether nobody on the way can read or change what is said.</summary>
    public bool IsSecure(HttpContext context) => context.Request.IsHttps || IsLocal(context);

    /// <summary>Whether the client itself is on this machine, means this server by name, and is not merely a proxy.</summary>
    public bool IsLocal(HttpContext context)
    {
        var client = context.Connection.RemoteIpAddress;
        return client is not null
            && IPAddress.IsLoopback(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client)
            && !IsProxied(context)
            && names.Contain(context.Request.Host);
    }

    /// <summary>
    /// The client's address, for logs and limits; none where it is this machine's and <see cref="IsLocal"/> is false, for it would give whoever is behind an unknown proxy or name
    /// what is meant for this machine (<c>RegistrationPolicy.Loopback</c>).
    /// </summary>
    public IPAddress ClientAddress(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return IPAddress.IsLoopback(address) && !IsLocal(context) ? IPAddress.None : address;
    }

    /// <summary>Whether a proxy passed the request on, believed or not.</summary>
    internal static bool IsProxied(HttpContext context)
    {
        if (context.Features.Get<ProxiedRequest>() is not null)
        {
            return true;
        }

        foreach (var header in ProxyHeaders)
        {
            if (context.Request.Headers.ContainsKey(header))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A feature of a request that a trusted proxy passed on: what it said has been taken out of the headers.</summary>
/// <param name="Proxy">The proxy's address: the other end of the connection.</param>
internal sealed record ProxiedRequest(IPAddress Proxy);
