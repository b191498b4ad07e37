using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Stint.EndToEnd.Harness;
using Stint.EndToEnd.JsClient;

namespace Stint.EndToEnd.Leaving;

/// <summary>Somebody who begins a call of a Space, by one kind of client, and then leaves it, in that client's way.</summary>
/// <param name="leave">What ends it.</param>
internal sealed class Visitor(Func<Task> leave, params IAsyncDisposable[] owned) : IAsyncDisposable
{
    public Task LeaveAsync() => leave();

    public static Task<Visitor> BeginAsync(string how, LeavingHub hub, Person person, string token) => how switch
    {
        "the tab is closed" => InTabAsync(hub, person, page => page.CloseAsync()),
        "cancel is pressed" => InTabAsync(hub, person, CancelAsync),
        "curl is killed" => ByCurlAsync(hub, token),
        "the JavaScript client is killed" => ByJsAsync(hub, token, OtherProcess.SigKill),
        "the JavaScript client cancels" => ByJsAsync(hub, token, OtherProcess.SigUsr2),
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, "nobody leaves like that"),
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var one in owned) await one.DisposeAsync();
    }

    private static async Task<Visitor> InTabAsync(LeavingHub hub, Person person, Func<IPage, Task> leave)
    {
        var window = await hub.Chromium.OpenAsync();
        var page = window.Page;
        await page.GotoAsync(hub.Deaf.Address.AbsoluteUri);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await page.GetByLabel("User name").FillAsync(person.Name);
        await page.GetByLabel("Password").FillAsync(person.Password);
        await page.Locator("main").GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(hub.Deaf.Address.AbsoluteUri);
        await page.GetByRole(AriaRole.Button, new() { Name = "Work" }).ClickAsync();
        await page.GetByText("working").WaitForAsync();
        return new(() => leave(page), window);
    }

    /// <summary>As Gradio's own page does: the stream stays open.</summary>
    private static Task CancelAsync(IPage page) => page.EvaluateAsync(
        "() => fetch('gradio_api/cancel', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ session_hash: 'x', fn_index: 0, event_id: window.event_id }) })");

    private static async Task<Visitor> ByCurlAsync(LeavingHub hub, string token)
    {
        using var call = new HttpRequestMessage(HttpMethod.Post, new Uri(hub.Deaf.Address, "/gradio_api/call/work")) { Content = JsonContent.Create(new { data = Array.Empty<object>() }) };
        call.Headers.Authorization = new("Bearer", token);
        using var called = await hub.Hub.Http.SendAsync(call);
        var id = (await called.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("event_id").GetString();
        var curl = OtherProcess.Start(new ProcessStartInfo("curl", ["-sSN", "-H", $"Authorization: Bearer {token}", new Uri(hub.Deaf.Address, $"/gradio_api/call/work/{id}").AbsoluteUri])
        {
            RedirectStandardOutput = true,
        });
        await curl.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return new(() => Signal(curl, OtherProcess.SigKill), new Ended(curl));
    }

    private static async Task<Visitor> ByJsAsync(LeavingHub hub, string token, int signal)
    {
        var node = OtherProcess.Start(new ProcessStartInfo("node", [Path.Combine(Checkout.Clients, "js/leave.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true });
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(new { target = hub.Deaf.Address, token, endpoint = "/work", modules = GradioJs.Modules }) + "\n");
        await node.StandardInput.FlushAsync();
        while (await node.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) is { } line && line != "begun")
        {
        }

        return new(() => Signal(node, signal), new Ended(node));
    }

    private static Task Signal(Process process, int signal)
    {
        OtherProcess.Signal(process.Id, signal);
        return Task.CompletedTask;
    }

    private sealed class Ended(Process process) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }
}
