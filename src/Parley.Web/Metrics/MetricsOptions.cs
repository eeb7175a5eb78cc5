namespace Parley.Web.Metrics;

/// <summary>Who may read the server's figures over HTTP. Validated when the server starts.</summary>
public sealed class MetricsOptions
{
    /// <summary>Addresses or networks (<c>10.0.0.0/8</c>) that may, besides this machine; <c>0.0.0.0/0</c> and <c>::/0</c> for all. Default: none.</summary>
    public IList<string> Clients { get; } = [];
}
