using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>Hubs run one after another: they measure time, and the machine may have two cores.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
#pragma warning disable CA1711 // xunit's word for it.
public sealed class OneHubAtATimeCollection
#pragma warning restore CA1711
{
    public const string Name = "one hub at a time";
}

/// <summary>A hub with one slot and one Space, for the tests of one class.</summary>
public sealed class SharedHub : IAsyncLifetime
{
    private const string Owner = "studio";
    private int people;

    internal HubProcess Hub { get; private set; } = null!;

    internal LeasingSpace Space { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Checkout.WhyNoClients is not null) return;
        Hub = await HubProcess.StartAsync(new HubSettings());
        await Hub.Cli.JsonAsync("account", "add", Owner, "--plan", "pro", "--generate");
        Space = await LeasingSpace.AddAsync(Hub, $"{Owner}/app");
    }

    internal async Task<Visitor> SomeoneAsync(string plan = "pro")
    {
        var someone = await Person.AddAsync(Hub, $"visitor-{Interlocked.Increment(ref people)}", plan);
        var (purse, token) = (someone.PurseAsync(), someone.IdentityTokenAsync(Space.Name));
        return new(someone, await purse, await token);
    }

    public async Task DisposeAsync()
    {
        if (Space is not null) await Space.DisposeAsync();
        if (Hub is not null) await Hub.DisposeAsync();
    }
}

/// <summary>Someone new to the hub.</summary>
/// <param name="Before">The purse as it was before anything ran.</param>
/// <param name="Token">An identity token for the Space.</param>
internal sealed record Visitor(Person Person, Purse Before, string Token);

/// <summary>
/// A test of the shared hub. After each the whole ledger is gone through: no run ended twice or was charged past its purse,
/// no refusal asked for less than was left or promised a moment that was over, and no secret was printed.
/// </summary>
[Collection(OneHubAtATimeCollection.Name)]
public abstract class HubTest(SharedHub shared) : IClassFixture<SharedHub>, IAsyncLifetime
{
    private protected HubProcess Hub => shared.Hub;

    private protected LeasingSpace Space => shared.Space;

    private protected Task<Visitor> SomeoneAsync(string plan = "pro") => shared.SomeoneAsync(plan);

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        if (Hub is null) return Task.CompletedTask;
        LedgerAudit.Of(Hub.Directory).AssertSound();
        Hub.AssertNoSecretWasPrinted();
        return Task.CompletedTask;
    }

    /// <summary>What the receipt says is what the entries say: release less grant.</summary>
    private protected void AssertAsRecorded(Receipt receipt)
    {
        var run = Assert.Single(LedgerAudit.Of(Hub.Directory).Runs, run => run.Id == receipt.Id);
        Assert.Equal(run.EndedAt - run.GrantedAt, receipt.MeasuredMilliseconds);
        Assert.Equal((run.Measured, run.Charged), (receipt.MeasuredMilliseconds, receipt.ChargedMilliseconds));
        Assert.Equal((run.GrantedAt, run.EndedAt), (receipt.GrantedAt?.ToUnixTimeMilliseconds(), receipt.EndedAt.ToUnixTimeMilliseconds()));
    }
}
