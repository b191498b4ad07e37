using Stint.Core.Spaces;

namespace Stint.Hub.Spaces;

/// <summary>
/// Where the files of one Space are. What the hub keeps about it lies in <c>DIR/spaces/OWNER/NAME</c>, which the hub alone can
/// write: a Space that could write its own pid file could point the hub's signals at anyone.
/// </summary>
public sealed class SpaceFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string own;

    /// <param name="own">The folder of its home, where that is not the hub's: <c>DIR</c> lets no other user through.</param>
    public SpaceFiles(string directory, SpaceId id, string? own = null)
    {
        Space = id;
        Kept = Path.Combine(directory, "spaces", id.Owner, id.Name);
        this.own = own ?? Kept;
    }

    public SpaceId Space { get; }

    public string Kept { get; }

    public string Home => Path.Combine(own, "home");

    public string Temporary => Path.Combine(own, "tmp");

    /// <summary>What the <c>spaces</c> package reads in place of <c>/proc/self/cgroup</c>.</summary>
    public string Cgroup => Path.Combine(own, "cgroup");

    /// <summary>What the Space writes to its standard streams.</summary>
    public string Output => Path.Combine(Kept, "output.log");

    /// <summary>The process that runs it, so that the next hub finds it after a crash of this one.</summary>
    public string Run => Path.Combine(Kept, "pid");

    /// <summary>The port it was last given.</summary>
    public string Port => Path.Combine(Kept, "port");

    /// <summary>The user it runs as, once one was given to it.</summary>
    public string User => Path.Combine(Kept, "uid");

    /// <summary>Makes what the hub keeps; the Space's own folders are made when it is started.</summary>
    public void CreateKept() => Directory.CreateDirectory(Kept, OwnerOnly);

    public void Create()
    {
        CreateKept();
        Directory.CreateDirectory(Home, OwnerOnly);
        Directory.CreateDirectory(Temporary, OwnerOnly);
        File.WriteAllText(Cgroup, $"0::/spaces/{Space}\n");
    }
}
