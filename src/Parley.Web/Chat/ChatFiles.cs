using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace Parley.Web.Chat;

/// <summary>
/// The files of the web chat, by path: Parley's own from the assembly, Converse.js from the folder <c>chat</c> beside it.
/// Only what was found there when it was first asked for is ever served: no path of a request reaches the file system.
/// </summary>
internal sealed class ChatFiles
{
    internal const string ConverseDirectory = "converse/";
    private const string ResourcePrefix = "chat/";
    private const string Script = "converse.min.js";
    private const string StyleSheet = "converse.min.css";
    private readonly FrozenDictionary<string, ChatFile> _files;

    internal ChatFiles(string converseDirectory)
    {
        var files = new Dictionary<string, ChatFile>(StringComparer.Ordinal);
        AddOwn(files);
        AddDirectory(files, converseDirectory);
        _files = files.ToFrozenDictionary(StringComparer.Ordinal);
        HasConverse = _files.ContainsKey(ConverseDirectory + Script) && _files.ContainsKey(ConverseDirectory + StyleSheet);
        Revision = RevisionOf(files);
    }

    /// <summary>Where the build puts Converse.js.</summary>
    internal static string DefaultDirectory => Path.Combine(AppContext.BaseDirectory, "chat");

    /// <summary>Whether the build had npm, and so Converse.js.</summary>
    internal bool HasConverse { get; }

    /// <summary>The same of a directory whose files are not asked for yet.</summary>
    internal static bool IsConverseIn(string directory) => File.Exists(Path.Combine(directory, Script)) && File.Exists(Path.Combine(directory, StyleSheet));

    /// <summary>What changes with any of the files: part of their addresses, so that browsers may keep them for ever.</summary>
    internal string Revision { get; }

    internal ChatFile? Find(string path) => _files.GetValueOrDefault(path);

    private static void AddOwn(Dictionary<string, ChatFile> files)
    {
        var assembly = typeof(ChatFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal)))
        {
            var path = name[ResourcePrefix.Length..];
            files.Add(path, new ChatFile(path, () => assembly.GetManifestResourceStream(name)!));
        }
    }

    private static void AddDirectory(Dictionary<string, ChatFile> files, string directory)
    {
        if (!Directory.Exists(directory))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            var path = ConverseDirectory + Path.GetRelativePath(directory, file).Replace(Path.DirectorySeparatorChar, '/');
            files.Add(path, new ChatFile(path, () => File.OpenRead(file)));
        }
    }

    private static string RevisionOf(Dictionary<string, ChatFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, file) in files.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\n{file.Digest}\n"));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
