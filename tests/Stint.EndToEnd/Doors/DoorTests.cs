using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Stint.EndToEnd.Browser;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.JsClient;
using Xunit;

namespace Stint.EndToEnd.Doors;

/// <summary>
/// One person comes in by every door, each with the real client of that door where there is one, and runs once: all of it is
/// charged to one purse, and after each run every place that shows the number shows the same.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public sealed class DoorTests(DemoHub demo, Chromium chromium) : IClassFixture<DemoHub>, IClassFixture<Chromium>
{
    private const int AllowanceSeconds = 60;
    private const string OtherSpace = "studio/leases";

    [DoorsFact]
    [Trait("Behaviour", "B7")]
    [Trait("Behaviour", "B65")]
    public async Task SixDoors_OfOnePerson_DrawFromOnePurseAndShowOneNumber()
    {
        await demo.Hub.Cli.JsonAsync("plan", "set", "doors", "--allowance", $"{AllowanceSeconds}s", "--longest", $"{AllowanceSeconds}s");
        await Person.AddAsync(demo.Hub, OtherSpace.Split('/')[0]);
        var dora = await Person.AddAsync(demo.Hub, "dora", "doors");
        var (token, _) = await dora.TokenAsync("--role", "read");
        await using var window = await chromium.OpenAsync();
        await SignInAsync(window, dora);
        await using var space = await LeasingSpace.AddAsync(demo.Hub, OtherSpace);
        var readings = new Readings(demo, dora, token, window);
        var doors = new (string Name, Func<Task> Run)[]
        {
            ("the page at the Space's address", () => Visiting.RunAsync(window.Page.Locator("body"))),
            ("@gradio/client", () => ByJsAsync(token)),
            ("curl", () => ByCurlAsync(token)),
            ("Python by the Space's id", () => ByPythonAsync(token)),
            ("the device API", () => ByDeviceApiAsync(space, dora)),
            ("the page in the hub's frame", () => InFrameAsync(window)),
        };
        var strangers = (await demo.MeAsync()).Quota;

        foreach (var (index, (name, run)) in doors.Index())
        {
            await run();
            await dora.ReceiptAfterAsync(index);
            await AssertOneNumberAsync(dora, space, readings, name);
        }

        Assert.Equal(strangers, (await demo.MeAsync()).Quota);
        LedgerAudit.Of(demo.Hub.Directory).AssertSound();
        demo.Hub.AssertNoSecretWasPrinted();
    }

    /// <summary>What the entries add up to, told by all of them: those that read, and the GPU's own refusal of a run that does not fit.</summary>
    private async Task AssertOneNumberAsync(Person dora, LeasingSpace space, Readings readings, string after)
    {
        var identity = (await demo.MeAsync((await dora.TokenAsync("--role", "read")).Text)).Identity;
        var runs = LedgerAudit.Of(demo.Hub.Directory).Runs.Where(run => run.Identity == identity).ToList();
        var spent = runs.Sum(run => run.Charged);
        var left = (AllowanceSeconds * 1000) - spent;
        var resetsAt = DateTimeOffset.FromUnixTimeMilliseconds(runs[0].WindowOpenedAt!.Value).AddHours(24).UtcDateTime;
        Assert.All(runs, run => Assert.Equal(runs[0].WindowOpenedAt, run.WindowOpenedAt));

        IReadOnlyList<Reading> all = [.. await readings.AllAsync(), await OfRefusalAsync(dora, space)];

        Assert.Equal(12, all.Count);
        Assert.Multiple([.. all.Select(reading => (Action)(() => reading.AssertIs(spent, left, resetsAt)))]);
        Assert.True(spent > 0, $"nothing was charged after {after}");
    }

    private static async Task<Reading> OfRefusalAsync(Person dora, LeasingSpace space)
    {
        var refused = await space.AskAsync(await dora.IdentityTokenAsync(space.Name), AllowanceSeconds);
        Assert.Equal(429, refused.GetProperty("status").GetInt32());
        var quota = refused.GetProperty("quota");
        return new("the device API's refusal", null, quota.GetProperty("left").GetInt64() * 1000, Reading.Second(DateTime.UtcNow.AddSeconds(quota.GetProperty("wait").GetInt64())), IsInWholeSeconds: true);
    }

    private async Task SignInAsync(Window window, Person dora)
    {
        await window.Page.GotoAsync(demo.Space.AbsoluteUri);
        await window.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await Visiting.SignInAsync(window, dora, "doors-sign-in");
        await window.Page.WaitForURLAsync(demo.Space.AbsoluteUri);
    }

    private async Task ByJsAsync(string token)
    {
        var answer = await GradioJs.CallAsync(demo.Hub, demo.Space.AbsoluteUri, token, DemoHub.Endpoint, DemoHub.Picture());
        Assert.True(answer.Succeeded, answer.Error);
    }

    private async Task ByCurlAsync(string token)
    {
        string[] who = ["-sS", "--fail-with-body", "-H", $"Authorization: Bearer {token}"];
        var address = new Uri(demo.Space, $"/gradio_api/call{DemoHub.Endpoint}").AbsoluteUri;
        var body = JsonSerializer.Serialize(new { data = DemoHub.Picture() });
        var begun = await Tool.RunAsync("curl", null, [.. who, "-X", "POST", "-H", "Content-Type: application/json", "-d", body, address]);
        var id = JsonDocument.Parse(begun).RootElement.GetProperty("event_id").GetString();
        Assert.Contains("event: complete", await Tool.RunAsync("curl", null, [.. who, "-N", $"{address}/{id}"]), StringComparison.Ordinal);
    }

    private async Task ByPythonAsync(string token)
    {
        var order = JsonSerializer.Serialize(new { hub = demo.Hub.Url.AbsoluteUri, space = DemoHub.Id, token, endpoint = DemoHub.Endpoint, inputs = DemoHub.Picture() });
        var said = JsonDocument.Parse(await Tool.RunAsync(Checkout.Python, order, "-B", Path.Combine(Checkout.Clients, "by_id.py"))).RootElement;
        Assert.True(said.GetProperty("succeeded").GetBoolean(), said.ToString());
    }

    private static async Task ByDeviceApiAsync(LeasingSpace space, Person dora)
    {
        var grant = await space.LeaseAsync(await dora.IdentityTokenAsync(space.Name), 5);
        await space.WorkAllowedAsync(grant);
        await space.ReleaseAsync(grant);
    }

    /// <summary>And back to the Space's own page, where the next reading is taken.</summary>
    private async Task InFrameAsync(Window window)
    {
        await window.Page.GotoAsync(new Uri(demo.Hub.Url, $"/spaces/{DemoHub.Id}").AbsoluteUri);
        await Visiting.RunAsync(window.Page.FrameLocator("iframe.space"));
        await window.Page.GotoAsync(demo.Space.AbsoluteUri);
    }
}

/// <summary>A program of this machine, run to its end.</summary>
internal static class Tool
{
    public static async Task<string> RunAsync(string program, string? input, params string[] arguments)
    {
        using var process = OtherProcess.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        Assert.True(process.ExitCode == 0, $"{program}: exit code {process.ExitCode}: {await error}{await output}");
        return await output;
    }
}

/// <summary>A test that needs the client of every door; skipped, with the reason, where one is missing.</summary>
internal sealed class DoorsFactAttribute : FactAttribute
{
    public DoorsFactAttribute() => Skip = Chromium.WhyNot ?? GradioJs.WhyNot ?? Checkout.WhyNoClients ?? (File.Exists("/usr/bin/curl") ? null : "no curl here: install curl");
}
