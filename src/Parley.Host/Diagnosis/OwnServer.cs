using System.Net.Security;
using Parley.Server.Federation;

namespace Parley.Host.Diagnosis;

/// <summary>The server of one's own, in whose name the doctor speaks to another: what it would show and say.</summary>
/// <param name="Domain">Its domain.</param>
/// <param name="Certificate">What it shows; null where there is none.</param>
/// <param name="Keys">Makes the keys that the running server confirms; null where its secret is not known.</param>
internal sealed record OwnServer(string Domain, SslStreamCertificateContext? Certificate, DialbackKeys? Keys);
