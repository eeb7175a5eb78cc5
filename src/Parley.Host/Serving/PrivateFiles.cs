namespace Parley.Host.Serving;

/// <summary>Files and directories that only their owner may read.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory and those above it; one that is there keeps its mode.</summary>
    internal static void CreateDirectory(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
        {
            CreateDirectory(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Writes a file whole or not at all.</summary>
    internal static void Write(string path, string content)
    {
        var next = path + ".new";
        File.Delete(next);
        using (var writer = new StreamWriter(next, ToWrite(FileMode.CreateNew)))
        {
            writer.Write(content);
        }

        File.Move(next, path, overwrite: true);
    }

    /// <summary>Opens a file, made if it is not there, that no other process may open meanwhile.</summary>
    internal static FileStream OpenExclusively(string path) => new(path, ToWrite(FileMode.OpenOrCreate));

    private static FileStreamOptions ToWrite(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }
}
