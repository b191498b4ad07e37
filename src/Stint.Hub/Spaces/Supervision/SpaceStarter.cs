using Stint.Core.Spaces;
using Stint.Hub.Spaces.Care;
using Stint.Hub.Spaces.Settings;
using Stint.Hub.Telemetry;

namespace Stint.Hub.Spaces.Supervision;

/// <summary>Starts a Space's command as design and operator want it: its own folders, user, variables and log.</summary>
internal sealed class SpaceStarter(string directory, SpaceEnvironment environment, SpaceUsers users, TimeProvider time, ILogger log)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly SpacePorts ports = new(directory);

    public SpaceCare Care { get; init; } = new();

    /// <summary>Between SIGTERM and SIGKILL.</summary>
    public TimeSpan Grace { get; init; } = SpaceProcess.Grace;

    public int PortOf(SpaceId space) => ports.PortOf(space);

    public SpaceLog LogOf(SpaceId space) => new(new SpaceFiles(directory, space).Output);

    /// <exception cref="SpaceStartException">When the machine cannot start it; the message says why.</exception>
    public async Task<SpaceProcess> StartAsync(Space space, int port)
    {
        var (files, uid) = await PlaceOfAsync(space).ConfigureAwait(false);
        if (space.Directory is { } folder && !Directory.Exists(folder)) throw new SpaceStartException($"its directory {folder} is not there");
        var settings = SettingsOf(space.Id);
        KeyValuePair<string, string>[] variables =
        [
            new("PATH", Environment.GetEnvironmentVariable("PATH") ?? DefaultPath),
            new("HOME", files.Home),
            new("TMPDIR", files.Temporary),
            new("LANG", "C.UTF-8"),
            // Python holds back what it writes to a pipe: a crash would take its own explanation with it.
            new("PYTHONUNBUFFERED", "1"),
            .. environment.Of(space, files, port),
            .. settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)),
        ];
        var output = LogOf(space.Id);
        var mask = new SecretMask(settings);
        return SpaceProcess.Start(
            new(space.Command!, space.Directory ?? files.Home, variables, uid, Care.Cgroups?.Of(space)), files, line => output.Append(time.GetUtcNow(), mask.Of(line)), Grace);
    }

    private IReadOnlyList<SpaceSetting> SettingsOf(SpaceId space)
    {
        try
        {
            return Care.Settings(space);
        }
        catch (Exception e) when (e is Store.HubDirectoryException or Microsoft.Data.Sqlite.SqliteException)
        {
            throw new SpaceStartException("its secrets and variables cannot be read: " + e.Message, e);
        }
    }

    private async Task<(SpaceFiles Files, int? Uid)> PlaceOfAsync(Space space)
    {
        try
        {
            return await users.OfAsync(space).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpaceStartException("its folders cannot be made: " + e.Message, e);
        }
    }

    /// <summary>Ends what a former hub left of this Space. It carries that hub's address and secret, and holds a port nobody knows.</summary>
    public async Task StopLeftoverAsync(SpaceId space)
    {
        var files = new SpaceFiles(directory, space);
        if (Run.Read(files) is not { } run) return;
        var found = run.Members().Count;
        if (found > 0)
        {
            var left = await ProcessEnding.StopAsync(run, Grace).ConfigureAwait(false);
            log.LeftoverStopped(space.ToString(), found, left);
        }

        File.Delete(files.Run);
    }

    /// <summary>Spaces that ever ran here, those no longer hosted included.</summary>
    public IEnumerable<SpaceId> Known()
    {
        var root = Path.Combine(directory, "spaces");
        if (!Directory.Exists(root)) yield break;
        foreach (var owner in Directory.EnumerateDirectories(root))
            foreach (var name in Directory.EnumerateDirectories(owner))
                if (SpaceId.TryParse($"{Path.GetFileName(owner)}/{Path.GetFileName(name)}", out var id)) yield return id;
    }
}
