using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Stint.Core.Identities;
using Stint.Core.Leasing;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Plans;
using Stint.Core.Spaces;
using Stint.Hub.Accounts;
using Stint.Hub.Doctor;
using Stint.Hub.Doctor.Calling;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands.Examining.Practice;

/// <summary>
/// A scratch hub to break things in: a process of its own with a data directory of its own, two simulated slots, and people
/// and Spaces as each fault needs them. Gone when it is disposed of.
/// </summary>
internal sealed class PracticeHub : IAsyncDisposable
{
    public const string Password = "practice-makes-perfect";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The hub's, the device API's, and one for each Space.</summary>
    private const int PortsNeeded = 40;

    private readonly List<PracticeSpace> spaces = [];
    private readonly string folder = Directory.CreateTempSubdirectory("stint-drill-").FullName;
    private Process? process;
    private int people;
    private int addresses = 1;

    private PracticeHub() => Url = new Uri($"http://127.0.0.1:{FreePort()}");

    public Uri Url { get; }

    public string DataDirectory => Path.Combine(folder, "data");

    public OpenHub Open => field ??= new OpenHub(DataDirectory);

    /// <summary>A client whose address nobody else has.</summary>
    public HttpClient Client => field ??= PracticeVisitor.Program(NextAddress());

    public static async Task<PracticeHub> StartAsync()
    {
        var hub = new PracticeHub();
        try
        {
            await hub.RunAsync().ConfigureAwait(false);
            return hub;
        }
        catch
        {
            await hub.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops the hub, lets something happen to its data, and starts it again.</summary>
    public async Task RestartAsync(Action meanwhile)
    {
        await StopAsync().ConfigureAwait(false);
        meanwhile();
        await RunAsync().ConfigureAwait(false);
    }

    /// <summary>An address of the loopback network that nobody had before: one network of its own.</summary>
    public IPAddress NextAddress() => new([127, 0, (byte)(1 + (++addresses / 250)), (byte)(1 + (addresses % 250))]);

    public PracticeVisitor Browser(IPAddress? from = null, bool keepsCookies = true) => new(Url, from ?? NextAddress(), keepsCookies);

    /// <summary>Someone new, with a password and a token.</summary>
    public (Account Account, string Token) AddPerson(string plan = Plan.Pro, AccountRole role = AccountRole.Member, AccessTokenGrant? grant = null, TimeSpan? tokenLasts = null)
    {
        var account = NewAccount.Of($"person{++people}", role, plan, Open.Now);
        Must(Open.Catalogue.AddAccount(account) == Store.AddAccountOutcome.Added, "an account is added");
        Open.Passwords.Set(account.Id, Password, Open.Now);
        return (account, AddToken(account, grant, tokenLasts).Text);
    }

    public (string Id, string Text) AddToken(Account account, AccessTokenGrant? grant = null, TimeSpan? lasts = null)
    {
        var (_, token, text) = Open.Tokens.Create(
            account.Id, "practice", grant ?? new AccessTokenGrant(AccessTokenRole.Write, []), Open.Now, lasts is { } span ? Open.Now + span : null);
        return (token!.Id, text!);
    }

    /// <summary>Adds Spaces and waits until the hub serves them.</summary>
    public async Task<IReadOnlyList<PracticeSpace>> AddSpacesAsync(params (AppFlaw Flaw, SpaceVisibility Visibility)[] wanted)
    {
        var owner = Open.Catalogue.FindAccount("practice") ?? AddOwner();
        var added = new List<PracticeSpace>();
        foreach (var (flaw, visibility) in wanted)
        {
            var space = await PracticeSpace.StartAsync(new SpaceId(owner.Name, $"app{spaces.Count + 1}"), flaw).ConfigureAwait(false);
            spaces.Add(space);
            added.Add(space);
            Must(Open.Catalogue.AddSpace(new Space(space.Id, owner.Id, visibility, space.Upstream, null, null)) == Store.AddSpaceOutcome.Added, "a Space is added");
            space.Device = new Uri($"{Open.Address.DeviceUrl.ToString().TrimEnd('/')}/device/{new DeviceSecrets(Open.Keys).Of(space.Id, 1)}");
        }

        foreach (var space in added) space.Address = await HostedAsync(space, owner).ConfigureAwait(false);
        return added;
    }

    /// <summary>Waits until a hub that was started again serves a Space.</summary>
    public Task ServesAsync(PracticeSpace space) => HostedAsync(space, Open.Catalogue.FindAccount(space.Id.Owner)!);

    /// <summary>What <c>stint doctor</c> does from a program's place.</summary>
    /// <param name="hub">Another way to the hub; null for the straight one.</param>
    public Task<DoctorAnswer> ExamineAsync(string? token, PracticeSpace? space, HttpClient? client = null, Uri? hub = null, TimeSpan clockOff = default) =>
        new ProgramLook(client ?? Client, hub ?? Url, token, () => DateTimeOffset.UtcNow + clockOff).ExamineAsync(space?.Id.ToString(), CancellationToken.None);

    /// <summary>The same about a Space that nobody has.</summary>
    public Task<DoctorAnswer> ExamineMissingAsync(string token) =>
        new ProgramLook(Client, Url, token, () => DateTimeOffset.UtcNow).ExamineAsync("practice/nowhere", CancellationToken.None);

    /// <summary>Asks for more than a visitor whom nobody knows may have, by a program, and opens what the error text leads to.</summary>
    /// <param name="declares">What the function declares instead.</param>
    /// <param name="reader">Who opens the page; null for somebody who is not signed in.</param>
    public async Task<Told> RefusedAsync(PracticeSpace space, string? token, Expected expected, HttpClient? client = null, double declares = PracticeSpace.Long, int? wait = null, Account? reader = null)
    {
        var (_, error) = await space.DeclaringAsync(declares, () => PracticeRun.CallAsync(client ?? Client, space.Address, token), wait: wait).ConfigureAwait(false);
        return await OpenAsync(error, expected, reader).ConfigureAwait(false);
    }

    /// <summary>Opens the page of a refusal that a text names.</summary>
    public async Task<Told> OpenAsync(string? text, Expected expected, Account? reader = null)
    {
        using var visitor = Browser();
        if (reader is not null) await visitor.SignInAsync(reader.Name, Password).ConfigureAwait(false);
        return await visitor.OpenAsync(text, expected).ConfigureAwait(false);
    }

    /// <summary>Opens the latest refusal of a Space, as an operator finds it: by <c>stint refusals</c>.</summary>
    public Task<Told> OpenLatestAsync(PracticeSpace space, Expected expected)
    {
        var latest = Open.Reads.Refusals(null, 20).FirstOrDefault(refusal => refusal.Function.Space == space.Id);
        return OpenAsync(latest is null ? null : new Uri(Url, $"/refusals/{latest.Id}").ToString(), expected);
    }

    /// <summary>Has something decided about an account's purses, as <c>stint credit</c> and <c>stint ceiling</c> do.</summary>
    public async Task InstructAsync(Instruction instruction)
    {
        var id = Engine.NewId.OfInstruction();
        Open.Instructions.Keep(id, instruction, Open.Now);
        Must(await Open.Instructions.DecisionAsync(id, Patience, CancellationToken.None).ConfigureAwait(false) == InstructionOutcome.Done, "an instruction is followed");
    }

    /// <summary>Has the stopped hub's engine decide something, as a hub that ran elsewhere meanwhile would have.</summary>
    public void Decide(params Command[] commands)
    {
        var database = new Store.Database(DataDirectory);
        using var store = new Store.Ledgers.SqliteLedgerStore(database);
        var now = Open.LedgerNow;
        new Engine.DecisionStep(store).Step([.. commands.Select(command => new Engine.Received(command, now))], now);
    }

    /// <summary>Takes a row away behind the hub's back, as a backup that is put back does.</summary>
    public void Forget(string table, string id)
    {
        Change($"DELETE FROM {table} WHERE id = $id", ("$id", id));
        // Whoever keeps what was read notices a new version of the catalogue, as after any write.
        Change("UPDATE catalogue_version SET version = version + 1");
    }

    /// <summary>Writes into the data file behind the hub's back.</summary>
    public void Change(string sql, params (string Name, object Value)[] values)
    {
        using var file = new SqliteConnection($"Data Source={Path.Combine(DataDirectory, Store.Database.FileName)}");
        file.Open();
        using var command = file.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
        command.ExecuteNonQuery();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var space in spaces) await space.DisposeAsync().ConfigureAwait(false);
        Open.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException($"the practice hub cannot be set up: {what} and was not");
    }

    private Account AddOwner()
    {
        var owner = NewAccount.Of("practice", AccountRole.Administrator, Plan.Pro, Open.Now);
        Must(Open.Catalogue.AddAccount(owner) == Store.AddAccountOutcome.Added, "the owner of its Spaces is added");
        return owner;
    }

    private async Task<Uri> HostedAsync(PracticeSpace space, Account owner)
    {
        var token = AddToken(owner).Text;
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(100).ConfigureAwait(false))
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Url, $"/api/spaces/{space.Id}"));
            request.Headers.Add("Authorization", "Bearer " + token);
            using var answer = await Client.SendAsync(request).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) continue;
            var told = await answer.Content.ReadFromJsonAsync<JsonElement>().ConfigureAwait(false);
            // Looked at and given an address are two steps of the hub, in either order.
            if (told.GetProperty("host").GetString() is not { } host) continue;
            if (told.GetProperty("runtime").GetProperty("stage").GetString() == SpaceStage.Running.Name() || space.Flaw == AppFlaw.NotGradio) return new Uri(host);
        }

        throw new InvalidOperationException($"the practice hub did not serve {space.Id} within {Patience.TotalSeconds} s");
    }

    private async Task RunAsync()
    {
        var assembly = typeof(PracticeHub).Assembly.Location;
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // Started by its own host, or by dotnet: then the program is its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(assembly);
        foreach (var argument in new[] { "up", "--data", DataDirectory, "--port", Url.Port.ToString(CultureInfo.InvariantCulture) }) start.ArgumentList.Add(argument);
        process = Process.Start(start) ?? throw new InvalidOperationException("the practice hub cannot be started");
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < Patience; await Task.Delay(50).ConfigureAwait(false))
        {
            try
            {
                using var answer = await Client.GetAsync(new Uri(Url, Visit.SignIn)).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                // It is on its way.
            }
        }

        throw new InvalidOperationException($"the practice hub did not answer within {Patience.TotalSeconds} s");
    }

    private async Task StopAsync()
    {
        if (process is not { HasExited: false } running) return;
        // Asked to stop first: a hub that was killed goes through its whole ledger at the next start.
        using (Process.Start("kill", ["-TERM", running.Id.ToString(CultureInfo.InvariantCulture)]))
            await Task.WhenAny(running.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(15))).ConfigureAwait(false);
        running.Kill();
        await running.WaitForExitAsync().ConfigureAwait(false);
    }

    /// <summary>A port with room for the device API and the Spaces after it.</summary>
    private static int FreePort()
    {
        // Below the ports that outgoing connections take as they please: one of those would be in a Space's way.
        while (true)
        {
            var first = Random.Shared.Next(11_000, 31_000);
            if (Enumerable.Range(first, PortsNeeded).All(IsFree)) return first;
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
