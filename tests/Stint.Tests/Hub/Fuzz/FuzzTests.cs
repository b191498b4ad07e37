using System.Net.WebSockets;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Ledgers;
using Stint.Tests.Hub.Gateway;
using Stint.Tests.Hub.Whole;
using Xunit;
using Xunit.Abstractions;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>Nothing beside it: it looks at the memory of this process.</summary>
[CollectionDefinition(nameof(FuzzTests), DisableParallelization = true)]
#pragma warning disable CA1711 // xunit's word for it.
public sealed class FuzzCollection;
#pragma warning restore CA1711

/// <summary>
/// Ten thousand requests at each door, valid ones and what fuzzing makes of them: none brings a fault of the hub, none hangs,
/// nothing of them stays in memory, and the ledger has no line that a valid request did not make. The same
/// requests each time, so that who changes nothing sees nothing new; <c>FUZZ_SEED=any</c> looks for more, a number replays what
/// it found, <c>FUZZ_REQUESTS</c> makes it longer.
/// </summary>
[Collection(nameof(FuzzTests))]
public sealed class FuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly int Seed = Environment.GetEnvironmentVariable("FUZZ_SEED") switch
    {
        null or "" => 831,
        "any" => Random.Shared.Next(),
        var given => int.Parse(given, System.Globalization.CultureInfo.InvariantCulture),
    };

    private static readonly int Requests = int.TryParse(Environment.GetEnvironmentVariable("FUZZ_REQUESTS"), out var given) ? given : 10_000;

    private FakeSpace space = null!;
    private WholeHub hub = null!;

    public async Task InitializeAsync()
    {
        space = await FakeSpace.StartAsync(AnswerAsync);
        hub = await WholeHub.StartAsync(space);
    }

    public async Task DisposeAsync()
    {
        await hub.DisposeAsync();
        await space.DisposeAsync();
    }

    public static TheoryData<string> Names => ["pages", "forms", "admin", "api", "v1", "space", "socket", "device"];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Behaviour", "B54")]
    public async Task Door_TenThousandRequestsOfAnyShape_BringNoFaultNoHangAndNoLedgerLine(string name)
    {
        var doors = await Doors.OfAsync(hub);
        var door = new[] { doors.Pages, doors.Forms, doors.Admin, doors.Api, doors.V1, doors.Space, doors.Socket, doors.Device }.Single(each => each.Name == name);
        await new FuzzRun(hub, door, Seed).SendAsync(100);
        space.Seen.Clear();
        var (run, before, started) = (new FuzzRun(hub, door, Seed), Entries(), System.Diagnostics.Stopwatch.GetTimestamp());

        await run.SendAsync(Requests);

        output.WriteLine($"FUZZ_SEED={Seed} {name}: {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s; {string.Join(", ", run.Statuses.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}"))}");
        // What was valid was answered as such, or the run has shown nothing.
        Assert.InRange(run.Statuses.Where(pair => pair.Key is >= 100 and < 400 or 422 or 429).Sum(pair => pair.Value), Requests / 30, Requests);
        if (name != "device") Assert.Equal(before, Entries());
        await AssertLedgerIsSoundAsync();
        output.WriteLine($"with the ledger: {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
    }

    private long Entries()
    {
        using var reader = hub.Services.GetRequiredService<Database>().OpenReader();
        return reader.ExecuteScalar<long>("SELECT count(*) FROM entries");
    }

    /// <summary>Whoever holds nothing was charged nothing; what bob was charged is what his receipts say; and nothing is held for anyone.</summary>
    private async Task AssertLedgerIsSoundAsync()
    {
        var reads = hub.Services.GetRequiredService<LedgerReads>();
        var bob = IdentityId.Of(WholeHub.AccountOf("bob"));
        await Fakes.Eventually.True(() => reads.Ledger(bob).Read(hub.Catalogue.PlanOf(bob), hub.Clock.Now).Reserved == GpuTime.Zero);
        foreach (var nobody in new[] { IdentityId.Of(WholeHub.AccountOf("ada")), IdentityId.Of(WholeHub.AccountOf("root")), IdentityId.OfNetwork("127.0.0.1") })
        {
            var reading = reads.Ledger(nobody).Read(hub.Catalogue.PlanOf(nobody), hub.Clock.Now);
            Assert.Equal((GpuTime.Zero, GpuTime.Zero), (reading.Spent, reading.Reserved));
        }

        var charged = reads.Receipts(bob, 100_000).Sum(receipt => receipt.Charged.Milliseconds);
        Assert.Equal(charged, reads.Ledger(bob).Read(hub.Catalogue.PlanOf(bob), hub.Clock.Now).Spent.Milliseconds);
    }

    /// <summary>An app that answers whatever it is asked, reads what it is sent, and ends its streams.</summary>
    private static async Task AnswerAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
            return;
        }

        if (context.Request.Method is "POST" or "PUT") await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        var path = context.Request.Path.Value ?? "";
        if (path.EndsWith("/data", StringComparison.Ordinal) || path.Contains("/call/square/", StringComparison.Ordinal))
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync("event: complete\ndata: {\"msg\":\"process_completed\",\"event_id\":\"e1\",\"output\":{},\"success\":true}\n\n");
            return;
        }

        await context.Response.WriteAsync(path.EndsWith("/config", StringComparison.Ordinal) ? """{"dependencies":[{"id":0,"api_name":"square"}]}""" : """{"event_id":"e1"}""");
    }

    private static async Task EchoAsync(HttpContext context)
    {
        try
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[1024];
            for (var i = 0; i < 5; i++)
            {
                var got = await socket.ReceiveAsync(buffer, context.RequestAborted);
                if (got.MessageType == WebSocketMessageType.Close) break;
                await socket.SendAsync(buffer.AsMemory(0, got.Count), got.MessageType, got.EndOfMessage, context.RequestAborted);
            }
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            // It was no client of ours.
        }
    }
}
