using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Primitives;

namespace Parley.Web.Files;

/// <summary>The files of one folder, and nothing else: hidden ones are not there, nor is what a symbolic link that leads out of the folder points at.</summary>
internal sealed class ContainedFiles : IFileProvider, IDisposable
{
    private const int MaxLinks = 40;
    private readonly PhysicalFileProvider _files;
    private readonly string _root;

    /// <summary>Serves a folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    internal ContainedFiles(string folder)
    {
        _files = new PhysicalFileProvider(Path.GetFullPath(folder), ExclusionFilters.Sensitive);

        // The folder itself may be a link: an operator made it.
        _root = Path.TrimEndingDirectorySeparator(Real(Path.TrimEndingDirectorySeparator(_files.Root)) ?? _files.Root);
    }

    // Where a link leads to: of the link itself the size and time would be wrong.
    public IFileInfo GetFileInfo(string subpath) =>
        FolderPath.IsPlain(subpath) && subpath is not [.., '/'] && _files.GetFileInfo(subpath) is { Exists: true, PhysicalPath: { } path } && Inside(path) is { } real
            ? new PhysicalFileInfo(new FileInfo(real))
            : new NotFoundFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) =>
        FolderPath.IsPlain(subpath) && _files.GetDirectoryContents(subpath) is { Exists: true } contents
        && Inside(Path.Combine(_files.Root, subpath.Trim('/'))) is not null
            ? new Contents([.. contents.Where(static file => FolderPath.IsPlain("/" + file.Name)).Where(file => file.PhysicalPath is { } path && Inside(path) is not null)])
            : NotFoundDirectoryContents.Singleton;

    /// <summary>Nothing watches: each request looks for itself.</summary>
    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    public void Dispose() => _files.Dispose();

    // Where a path really is; null when that is not in the folder, or hidden there.
    private string? Inside(string path) =>
        Real(Path.TrimEndingDirectorySeparator(path)) is { } real
        && (real == _root || real.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        && FolderPath.IsPlain(real[_root.Length..].Replace(Path.DirectorySeparatorChar, '/'))
            ? real
            : null;

    // The path without links, as the system resolves it, from its root to its end; null when it cannot.
    private static string? Real(string path)
    {
        try
        {
            var at = Path.GetPathRoot(path)!;
            var links = 0;
            var names = Names(path);
            while (names.TryPop(out var name))
            {
                if (name == "..")
                {
                    at = Path.GetDirectoryName(at) ?? at;
                    continue;
                }

                var next = Path.Combine(at, name);
                if (new FileInfo(next).LinkTarget is not { } target)
                {
                    at = next;
                    continue;
                }

                if (++links > MaxLinks)
                {
                    return null;
                }

                at = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : at;
                foreach (var further in Names(target).Reverse())
                {
                    names.Push(further);
                }
            }

            return at;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // What is to be walked, the first on top.
    private static Stack<string> Names(string path) => new(path[Path.GetPathRoot(path)!.Length..]
        .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
        .Where(static name => name != ".")
        .Reverse());

    private sealed class Contents(List<IFileInfo> files) : IDirectoryContents
    {
        public bool Exists => true;

        public IEnumerator<IFileInfo> GetEnumerator() => files.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
