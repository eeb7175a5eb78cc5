using System.Net;
using Microsoft.Extensions.Options;
using Parley.Server.Hosting;

namespace Parley.Server.Connections;

/// <summary>Who is believed when it says for whom it speaks: <see cref="WebOptions.TrustedProxies"/>.</summary>
public sealed class TrustedProxies(IOptions<WebOptions> options) : NetworkList(options.Value.TrustedProxies);
