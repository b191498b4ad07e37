using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Stint.Core.Spaces;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>
/// Gives each Space a user of its own where the hub is root, so that no Space reads the hub's files or another Space's. A
/// Space keeps its uid for good, and a uid is never given twice. Where it cannot be done the hub says so, loudly.
/// </summary>
/// <param name="isWanted">False where the operator has the Spaces run as the hub's user.</param>
internal sealed partial class SpaceUsers(string directory, bool isWanted, ILogger log) : IDisposable
{
    /// <summary>Between what distributions give to people and what systemd hands out by itself.</summary>
    public const int First = 61_000;
    public const int Count = 184;

    private const UnixFileMode Passable = (UnixFileMode)0b111_001_001;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim oneAtATime = new(1);
    private readonly HashSet<string> told = [];

    /// <summary>
    /// The folder of the homes. Beside the hub's own, which no other user may enter, and not in it.
    /// </summary>
    private string Homes => directory.TrimEnd('/') + "-spaces";

    /// <summary>Where and as whom a Space runs, its folders made. Null uid: as the hub's own user.</summary>
    public async Task<(SpaceFiles Files, int? Uid)> OfAsync(Space space)
    {
        var files = new SpaceFiles(directory, space.Id);
        files.Create();
        await oneAtATime.WaitAsync().ConfigureAwait(false);
        try
        {
            var own = new SpaceFiles(directory, space.Id, Path.Combine(Homes, space.Id.Owner, space.Id.Name));
            var (uid, reason) = await TryAsync(space, files, own).ConfigureAwait(false);
            if (reason is null) return (own, uid);
            // Once for each reason, however often a Space is started.
            if (told.Add(reason)) log.SpaceRunsAsHub(space.Id.ToString(), reason);
            return (files, null);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    public void Dispose() => oneAtATime.Dispose();

    /// <returns>The uid, or why there is none.</returns>
    private async Task<(int? Uid, string? Reason)> TryAsync(Space space, SpaceFiles files, SpaceFiles own)
    {
        if (!isWanted) return (null, "runSpacesAsOwnUser is off");
        if (GetEffectiveUserId() != 0) return (null, "the hub is not root");
        if (Assigned(files) is not { } uid) return (null, $"all uids from {First} to {First + Count - 1} are given away");
        if (!MakeHome(own, uid)) return (null, $"{Homes} is not the hub's to use; remove what is there");
        foreach (var folder in (string[])[own.Home, space.Directory ?? own.Home])
            if (!await CanReadAsync(folder, uid).ConfigureAwait(false))
                return (null, $"uid {uid} cannot read {folder}: let others pass every folder above it (chmod o+x)" + (folder == own.Home ? "" : " and read it (chmod -R o+rX)"));
        return (uid, null);
    }

    /// <summary>The uid this Space always had, or the lowest nobody has.</summary>
    private int? Assigned(SpaceFiles files)
    {
        if (ReadUid(files.User) is { } had) return had;
        var taken = Directory.EnumerateFiles(Path.Combine(directory, "spaces"), "uid", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2 })
            .Select(ReadUid).ToHashSet();
        for (var uid = First; uid < First + Count; uid++)
            if (!taken.Contains(uid))
            {
                File.WriteAllText(files.User, uid.ToString(CultureInfo.InvariantCulture));
                return uid;
            }

        return null;
    }

    private static int? ReadUid(string file) =>
        File.Exists(file) && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var uid) && uid is >= First and < First + Count ? uid : null;

    /// <summary>Every folder on the way is root's, so that no Space can put another in its place; only the last two are the Space's.</summary>
    private bool MakeHome(SpaceFiles own, int uid)
    {
        var folder = Path.GetDirectoryName(own.Home)!;
        if (!Own(Homes, 0, Passable) || !Own(Path.GetDirectoryName(folder)!, 0, Passable) || !Own(folder, 0, Passable)) return false;
        File.WriteAllText(own.Cgroup, $"0::/spaces/{own.Space}\n");
        File.SetUnixFileMode(own.Cgroup, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return Own(own.Home, uid, OwnerOnly) && Own(own.Temporary, uid, OwnerOnly);
    }

    /// <summary>Makes or takes over a folder. False where somebody has put a link there: whoever owns what it leads to is not asked.</summary>
    private static bool Own(string folder, int uid, UnixFileMode mode)
    {
        Directory.CreateDirectory(folder);
        // Taken before it is looked at: from here on nobody else can exchange it.
        if (ChangeOwner(folder, (uint)uid, (uint)uid) != 0 || new DirectoryInfo(folder).LinkTarget is not null) return false;
        File.SetUnixFileMode(folder, mode);
        return true;
    }

    /// <summary>Asks the kernel as that user instead of reading modes: access lists, mounts and user namespaces count too.</summary>
    private static async Task<bool> CanReadAsync(string folder, int uid)
    {
        var start = new ProcessStartInfo("setpriv") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[$"--reuid={uid}", $"--regid={uid}", "--clear-groups", "--no-new-privs", "/bin/sh", "-c", "cd \"$1\" && test -r .", "sh", folder])
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            using var bounded = new CancellationTokenSource(Patience);
            await process.WaitForExitAsync(bounded.Token).ConfigureAwait(false);
            return process.ExitCode == 0;
        }
        catch (Exception e) when (e is Win32Exception or OperationCanceledException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint owner, uint group);
}
