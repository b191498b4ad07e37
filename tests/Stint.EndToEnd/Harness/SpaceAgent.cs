using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>
/// <c>space_agent.py</c> from the test's side: a Python process that is a Space, with workers of its own, and speaks to the hub
/// by httpx. Either the test starts it and the hub reaches it as an upstream, or a hub starts it and it reports here.
/// </summary>
internal sealed class SpaceAgent : IAsyncDisposable
{
    private readonly TcpListener control;
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> open = new();
    private readonly ConcurrentDictionary<int, ConcurrentQueue<string>> events = new();
    private readonly SemaphoreSlim writing = new(1);
    private Process? process;
    private StreamWriter? orders;
    private Task reading = Task.CompletedTask;
    private int lastId;

    private SpaceAgent(IPAddress? reachedAt = null)
    {
        control = new(reachedAt ?? IPAddress.Loopback, 0);
        control.Start();
    }

    public int ControlPort => ((IPEndPoint)control.LocalEndpoint).Port;

    /// <summary>The agent's own process: the Space's server.</summary>
    public int Pid { get; private set; }

    public int Uid { get; private set; }

    /// <summary>Where the device API is for this Space; holds its secret.</summary>
    public string Base { get; set; } = "";

    /// <summary>Starts one that serves a port of this machine, for a Space with an upstream.</summary>
    /// <param name="within">A program that runs another one, with its arguments: where the agent is to live in namespaces of its own.</param>
    /// <param name="reachedAt">Where the agent finds the test, where that is not its own loopback.</param>
    public static async Task<SpaceAgent> StartAsync(int port, string[] within, IPAddress? reachedAt = null)
    {
        var agent = new SpaceAgent(reachedAt);
        string[] words = [.. within, Checkout.Python, "-B", Path.Combine(Checkout.Clients, "space_agent.py"), "--control", $"{agent.ControlPort}", "--host", $"{reachedAt ?? IPAddress.Loopback}", "--listen", $"{port}"];
        agent.process = OtherProcess.Start(new ProcessStartInfo(words[0], words[1..]));
        await agent.MeetAsync();
        return agent;
    }

    /// <summary>Waits for one that somebody else starts with this agent's <see cref="ControlPort"/>.</summary>
    public static SpaceAgent Expected() => new();

    public async Task MeetAsync()
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var client = await control.AcceptTcpClientAsync(late.Token);
        client.NoDelay = true;
        var stream = client.GetStream();
        orders = new StreamWriter(stream) { AutoFlush = true };
        var answers = new StreamReader(stream);
        var hello = JsonDocument.Parse((await answers.ReadLineAsync(late.Token))!).RootElement;
        (Pid, Uid) = (hello.GetProperty("hello").GetInt32(), hello.GetProperty("uid").GetInt32());
        Base = hello.GetProperty("base").GetString() ?? "";
        reading = Task.Run(() => ReadAsync(answers));
    }

    /// <summary>Gives an order and waits for what it came to.</summary>
    public async Task<JsonElement> DoAsync(string verb, object what, TimeSpan? within = null) => await (await BeginAsync(verb, what)).Result.WaitAsync(within ?? TimeSpan.FromSeconds(70));

    /// <summary>Gives an order; it goes on while others are given.</summary>
    public async Task<Order> BeginAsync(string verb, object what)
    {
        var id = Interlocked.Increment(ref lastId);
        var order = (JsonObject)JsonSerializer.SerializeToNode(what, JsonSerializerOptions.Web)!;
        order["id"] = id;
        order["do"] = verb;
        if (Base.Length > 0 && order["base"] is null) order["base"] = Base;
        var answer = open[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = events[id] = new();
        await writing.WaitAsync();
        try
        {
            await orders!.WriteLineAsync(order.ToJsonString());
        }
        finally
        {
            writing.Release();
        }

        return new(id, answer.Task, seen);
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        if (process is not null)
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await reading;
        writing.Dispose();
    }

    private async Task ReadAsync(StreamReader answers)
    {
        try
        {
            while (await answers.ReadLineAsync() is { } line) Take(JsonDocument.Parse(line).RootElement);
        }
        catch (IOException)
        {
            // It was killed; whoever waits is told below.
        }

        foreach (var waiting in open.Values) waiting.TrySetException(new IOException("the agent has ended"));
    }

    private void Take(JsonElement answer)
    {
        if (answer.TryGetProperty("event", out var happened))
        {
            events[answer.GetProperty("of").GetInt32()].Enqueue(happened.GetString()!);
            return;
        }

        if (!open.TryRemove(answer.GetProperty("id").GetInt32(), out var order)) return;
        if (answer.TryGetProperty("result", out var result)) order.TrySetResult(result);
        else if (answer.TryGetProperty("disconnected", out var why)) order.TrySetException(new DisconnectedException(why.GetString()!));
        else order.TrySetException(new Xunit.Sdk.XunitException("a real Space would raise here:\n" + answer.GetProperty("error").GetString()));
    }
}

/// <summary>An order that was given.</summary>
/// <param name="Events">What a waiting stream has said so far.</param>
internal sealed record Order(int Id, Task<JsonElement> Result, ConcurrentQueue<string> Events)
{
    /// <summary>Returns once the stream has said so much; an answer that is over before that is shown.</summary>
    public async Task SaidAsync(int count)
    {
        await Eventually.True(() => Events.Count >= count || Result.IsCompleted);
        if (Events.Count < count) Assert.Fail($"it said {Events.Count} events: {await Result}");
    }
}

/// <summary>The hub went away in the middle of an answer.</summary>
internal sealed class DisconnectedException(string message) : Exception(message);
