namespace Parley.Server.Hosting;

/// <summary>How long and how much the archives of one domain's accounts keep.</summary>
public sealed class ArchiveLimits
{
    /// <summary>How long messages are kept; zero for ever, null as for all domains.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Messages that one archive keeps; 0 for any number, null as for all domains.</summary>
    public int? MaxMessages { get; set; }
}
