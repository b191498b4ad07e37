using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Hostility;

/// <summary>
/// A hub with a Space it runs itself, whose code means harm, beside an honest Space with a visitor of its own; and a process
/// that has nothing to do with either.
/// </summary>
public sealed class HostileSpace : IAsyncLifetime
{
    private string appFolder = "";
    private System.Diagnostics.Process? bystander;

    internal HubProcess Hub { get; private set; } = null!;

    /// <summary>Speaks as the hostile Space, from inside its process.</summary>
    internal SpaceAgent Evil { get; private set; } = null!;

    internal LeasingSpace Honest { get; private set; } = null!;

    /// <summary>A visitor of the honest Space, with an identity token for it.</summary>
    internal Person Ada { get; private set; } = null!;

    internal string AdasToken { get; private set; } = "";

    internal int Bystander => bystander!.Id;

    internal bool BystanderIsAlive => !bystander!.HasExited;

    public async Task InitializeAsync()
    {
        if (Checkout.WhyNoClients is not null) return;
        Hub = await HubProcess.StartAsync(new HubSettings(Slots: 2));
        bystander = OtherProcess.Start(new System.Diagnostics.ProcessStartInfo("/bin/sleep", ["600"]));
        await Hub.Cli.JsonAsync("account", "add", "evil", "--plan", "pro", "--generate");
        await Hub.Cli.JsonAsync("account", "add", "studio", "--plan", "pro", "--generate");
        Honest = await LeasingSpace.AddAsync(Hub, "studio/app");
        Ada = await Person.AddAsync(Hub, "ada");
        AdasToken = await Ada.IdentityTokenAsync(Honest.Name);
        await AddEvilAsync();
    }

    public async Task DisposeAsync()
    {
        if (Hub is null) return;
        await Honest.DisposeAsync();
        await Hub.DisposeAsync();
        // Nothing, unless a test has failed.
        foreach (var pid in OtherProcess.Naming($"--control {Evil.ControlPort}")) OtherProcess.Signal(pid, OtherProcess.SigKill);
        await Evil.DisposeAsync();
        bystander!.Kill();
        bystander.Dispose();
        Directory.Delete(appFolder, recursive: true);
    }

    internal async Task<Grant> LeaseAsync(string token, double seconds, long task = 1)
    {
        var query = new { cgroupPath = "/", taskId = task, enableQueue = true, durationSeconds = seconds, token };
        return Grant.Of(await Evil.DoAsync("schedule", new { query }));
    }

    internal async Task<Answer> CallAsync(string path, object query, string? atBase = null) =>
        (await Evil.DoAsync("call", new { method = "POST", path, query, @base = atBase })).Deserialize<Answer>(JsonSerializerOptions.Web)!;

    internal async Task<Worker> WorkAsync(Grant grant, bool ignoreTerm = false, int children = 0) =>
        Worker.Of(await Evil.DoAsync("fork", new { grant.AllowToken, ignoreTerm, children }));

    /// <summary>Its code lies where its own user may read it, as an operator would put it.</summary>
    private async Task AddEvilAsync()
    {
        appFolder = Directory.CreateTempSubdirectory("stint-e2e-evil-").FullName;
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(appFolder, Readable | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        foreach (var script in Directory.EnumerateFiles(Checkout.Clients, "*.py"))
        {
            var copy = Path.Combine(appFolder, Path.GetFileName(script));
            File.Copy(script, copy);
            File.SetUnixFileMode(copy, Readable);
        }

        Evil = SpaceAgent.Expected();
        await Hub.Cli.JsonAsync("space", "add", "evil/app", "--command", $"exec {Checkout.Python} -B space_agent.py --control {Evil.ControlPort}", "--dir", appFolder);
        await Evil.MeetAsync();
        Hub.Secret(Evil.Base[(Evil.Base.LastIndexOf('/') + 1)..]);
    }
}
