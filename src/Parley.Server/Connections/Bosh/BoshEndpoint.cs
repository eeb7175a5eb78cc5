using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections.Bosh;

/// <summary>Takes the requests of BOSH clients over HTTP (XEP-0124 §5), whatever their Content-Type is.</summary>
public sealed class BoshEndpoint
{
    private static readonly byte[] Page = """
        <!DOCTYPE html>
        <html lang="en"><title>BOSH</title><p>Here XMPP clients talk to this server over HTTP (BOSH, XEP-0124). There is nothing to see for a browser.</p></html>

        """u8.ToArray();

    private readonly BoshSessions _sessions;
    private readonly BoshRequestReader _reader;
    private readonly BoshOptions _options;
    private readonly XmppServerOptions _server;
    private readonly AllowedOrigins _origins;
    private readonly WebRequestSecurity _security;

    public BoshEndpoint(BoshSessions sessions, AllowedOrigins origins, WebRequestSecurity security, IOptions<BoshOptions> options, IOptions<XmppServerOptions> server)
    {
        _sessions = sessions;
        _options = options.Value;
        _server = server.Value;
        _origins = origins;
        _security = security;
        _reader = new BoshRequestReader(sessions, security, _options);
    }

    /// <summary>Handles one request: POST is BOSH, OPTIONS asks whether another origin's page may (CORS), GET explains.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var (request, response) = (context.Request, context.Response);
        if (request.Headers.Origin.Count > 0 && !ShareWithOrigin(request, response))
        {
            response.StatusCode = StatusCodes.Status403Forbidden;
            response.ContentType = "text/plain; charset=utf-8";
            return response.WriteAsync("Pages of this origin may not connect here: Web:AllowedOrigins does not name it.\n", context.RequestAborted);
        }

        if (HttpMethods.IsPost(request.Method))
        {
            return AnswerAsync(context);
        }

        if (HttpMethods.IsOptions(request.Method))
        {
            response.StatusCode = StatusCodes.Status204NoContent;
            response.Headers.Allow = "POST, OPTIONS, GET, HEAD";
            return Task.CompletedTask;
        }

        return ExplainAsync(request, response);
    }

    // Nothing rests on cookies: whoever may not read the answers can do nothing with them.
    private bool ShareWithOrigin(HttpRequest request, HttpResponse response)
    {
        if (!_origins.Allow(request))
        {
            return false;
        }

        response.Headers.AccessControlAllowOrigin = request.Headers.Origin;
        response.Headers.Vary = "Origin";
        if (HttpMethods.IsOptions(request.Method))
        {
            response.Headers.AccessControlAllowMethods = "POST, OPTIONS";
            response.Headers.AccessControlAllowHeaders = "Content-Type, Content-Encoding";
            response.Headers.AccessControlMaxAge = "86400";
        }

        return true;
    }

    private static Task ExplainAsync(HttpRequest request, HttpResponse response)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "POST, OPTIONS, GET, HEAD";
            return Task.CompletedTask;
        }

        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = Page.Length;
        BoshResponse.Confine(response);
        return HttpMethods.IsHead(request.Method) ? Task.CompletedTask : response.Body.WriteAsync(Page).AsTask();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        BoshSession session = default;
        BoshAnswer answer;
        try
        {
            session = await _reader.ReadAsync(context.Request, document => Receive(context, document), context.RequestAborted);
            if (session.Exchange is null)
            {
                // A secure session's request that came insecurely; the session must not suffer for it (XEP-0124 §19.1).
                context.Abort();
                return;
            }

            answer = await session.Exchange.AnswerAsync();
        }
        catch (BoshException e)
        {
            answer = BoshAnswer.Terminal(e.Condition, [], e.IsLegacy);
        }
        catch (BadHttpRequestException e)
        {
            // What came is not HTTP, too much, or too slow: the web server's limits are the client's affair, and no fault.
            context.Response.StatusCode = e.StatusCode;
            return;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The connection was lost, or cut, before the request was whole: there is nobody to answer. The web server would look for the rest, and log a fault when it fails again.
            context.Abort();
            return;
        }

        try
        {
            await BoshResponse.WriteAsync(context, answer, session.Terms?.Content, _options.Compress && session.Connection?.IsAuthenticated == true);
        }
        finally
        {
            session.Connection?.Sent(session.Exchange!);
        }
    }

    private BoshSession Receive(HttpContext context, ReadOnlySpan<byte> document)
    {
        var body = BoshBody.ReadTag(document) ?? throw new BoshException(BoshCondition.BadRequest);
        var exchange = new BoshExchange(body, () => context.RequestAborted.IsCancellationRequested);
        if (!body.HasSid)
        {
            return Create(context, exchange, document);
        }

        if (_sessions.Find(body.Sid) is not { } connection)
        {
            throw new BoshException(BoshCondition.ItemNotFound);
        }

        if (connection.IsSecure && !_security.IsSecure(context))
        {
            return default;
        }

        body.ReadPayloads(document, connection.IsAuthenticated ? _server.StanzaLimits : _server.StanzaLimitsBeforeAuthentication);
        exchange.Keep(document);
        connection.Receive(exchange);
        return new(exchange, connection.Terms, connection);
    }

    private BoshSession Create(HttpContext context, BoshExchange exchange, ReadOnlySpan<byte> document)
    {
        var body = exchange.Body;
        var opening = BoshOpening.Read(document.Slice(body.Tag.Start, body.Tag.Length));
        var isSecure = _security.IsSecure(context);
        body.ReadPayloads(document, _server.StanzaLimitsBeforeAuthentication);
        var condition = !opening.IsAcceptable || !body.IsAcceptable || body.Fault is not null ? BoshCondition.BadRequest
            : !isSecure && !_server.AllowInsecure ? BoshCondition.PolicyViolation
            : string.IsNullOrEmpty(opening.To) ? BoshCondition.ImproperAddressing
            : !_server.IsHosted(opening.To) ? BoshCondition.HostUnknown
            : BoshCondition.None;
        if (condition != BoshCondition.None)
        {
            throw new BoshException(condition, isLegacy: opening.Version is null);
        }

        var terms = BoshTerms.Agree(opening, _options) with { IsSecure = isSecure };
        exchange.Keep(document);
        var connection = _sessions.Create(terms, exchange, _security.ClientAddress(context));
        return new(exchange, terms, connection);
    }

    // The connection is null where no session could be created.
    private readonly record struct BoshSession(BoshExchange? Exchange, BoshTerms? Terms, BoshConnection? Connection);
}
