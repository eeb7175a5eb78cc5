namespace Parley.Web.Files;

/// <summary>How a folder is served.</summary>
public sealed class FolderOptions
{
    /// <summary>Whether a folder without an index page is answered with a list of what is in it. Default false: 404.</summary>
    public bool Listing { get; set; }

    /// <summary>How long a browser may take a file from its cache without asking; pages (HTML) are always asked about. Default an hour.</summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);
}
