using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Parley.Server.Connections;

/// <summary>Lets pages of <see cref="AllowedOrigins"/> use an address from within a browser, and those of others not (CORS, as the Fetch standard has it).</summary>
/// <remarks>Never with credentials: nothing rests on cookies.</remarks>
public sealed class CrossOriginPolicy(AllowedOrigins origins)
{
    /// <summary>How long a browser may remember the answer to its preflight, in seconds: an hour.</summary>
    private const string PreflightAge = "3600";
    private const string Methods = "GET, POST, OPTIONS";
    private const string RequestHeaders = "Content-Type";

    /// <summary>Writes the headers that let the page see the answer; to be called before anything else is written.</summary>
    /// <returns>
    /// True when the request has been answered here: 403 where the origin may not, and 204 for a preflight (<c>OPTIONS</c>), which no client sends otherwise.
    /// </returns>
    public bool TryAnswer(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);

        // Also where there is no origin: a cache has to know that another answer may be due to the next.
        response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
        if (!origins.Allow(request))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            return true;
        }

        if (request.Headers.Origin is [{ Length: > 0 } origin])
        {
            response.Headers.AccessControlAllowOrigin = origins.AllowAll ? AllowedOrigins.All : origin;
        }

        if (!HttpMethods.IsOptions(request.Method))
        {
            return false;
        }

        response.Headers.AccessControlAllowMethods = Methods;
        response.Headers.AccessControlAllowHeaders = RequestHeaders;
        response.Headers.AccessControlMaxAge = PreflightAge;
        response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }
}
