using Parley.Interop.Tests.Process;
using Xunit;

namespace Parley.Interop.Tests.Durability;

/// <summary>A filesystem of its own with little room, in memory; needs the right to mount one.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parley-disk-");

    private SmallDisk()
    {
    }

    internal string Path => _folder.FullName;

    private string Filler => System.IO.Path.Combine(Path, "filler");

    /// <summary>Mounts it, or skips the test where this user may not.</summary>
    internal static async Task<SmallDisk> MountAsync(int mebibytes, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root may mount a small filesystem.");
        var disk = new SmallDisk();
        await using var mount = RunningProgram.Start("mount", ["-t", "tmpfs", "-o", $"size={mebibytes}m", "parley-test", disk.Path]);
        var (exitCode, _) = await mount.EndAsync(cancellationToken);
        if (exitCode != 0)
        {
            disk._folder.Delete();
            Assert.Skip($"A small filesystem cannot be mounted here: {mount.Transcript}");
        }

        return disk;
    }

    /// <summary>Takes all the room that there is.</summary>
    internal void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
        for (var size = 1 << 20; size > 0;)
        {
            try
            {
                filler.Write(new byte[size]);
            }
            catch (IOException)
            {
                size /= 2;
            }
        }
    }

    /// <summary>Gives the room back.</summary>
    internal void Free() => File.Delete(Filler);

    public async ValueTask DisposeAsync()
    {
        await using (var umount = RunningProgram.Start("umount", [Path]))
        {
            await umount.EndAsync(CancellationToken.None);
        }

        _folder.Delete();
    }
}
