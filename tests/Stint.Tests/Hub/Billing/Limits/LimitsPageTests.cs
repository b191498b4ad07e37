using System.Net;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Quota.Purses;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Billing.Limits;

public sealed class LimitsPageTests : IDisposable
{
    private const string Path = "/settings/limits";
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B52")]
    public async Task Ceiling_BeyondTheAllowance_IsNothingUntilItIsSetHere()
    {
        hub.Start();
        hub.Ledger.Do(new GrantCredit(Samples.Ada, new("c1"), CreditKind.Credit, GpuTime.FromMinutes(30), hub.Ledger.Clock.Now + TimeSpan.FromDays(9), "Workshop <b>", "root"));
        var ada = await hub.SignedInAsync("ada");
        var page = await ReadAsync(ada);
        Assert.Contains("You allow nothing beyond the allowance: no credit is touched.", page, StringComparison.Ordinal);
        Assert.Contains("Workshop &lt;b&gt; (root)", page, StringComparison.Ordinal);
        Assert.Equal(GpuTime.FromSeconds(210), Reading().LeftInAll);

        Assert.Equal("/settings/limits?done=ceiling", (await SendAsync(ada, page, ("minutes", "2.5"))).Location);
        Assert.Equal(GpuTime.FromSeconds(210 + 150), Reading().LeftInAll);
        Assert.Contains("0 s of 150 s used in this window", await ReadAsync(ada), StringComparison.Ordinal);
        Assert.Contains("360 s are left with what pays beyond the allowance.", await ada.GetStringAsync(new Uri("/settings/billing", UriKind.Relative)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B53")]
    public async Task Ceiling_ForASpace_HoldsAtTheGateAndIsTakenAwayAgain()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        await SendAsync(ada, await ReadAsync(ada), ("space", "ADA/Paint"), ("minutes", "0.5"));
        hub.Ledger.Run(Samples.Ada, 20, Samples.Function(25));
        var page = await ReadAsync(ada);
        Assert.Contains("<a href=\"/spaces/ada/paint\">ada/paint</a>", page, StringComparison.Ordinal);
        Assert.Contains("data-label=\"Used\" class=\"nowrap\">20 s<", page, StringComparison.Ordinal);
        Assert.Contains("data-label=\"Left\" class=\"nowrap\">10 s<", page, StringComparison.Ordinal);
        Assert.Equal(GpuTime.FromSeconds(30), hub.Ledger.Reads.Ledger(Samples.Ada).Ceilings.Of(Samples.Paint));

        await SendAsync(ada, page, ("space", "ada/paint"), ("take-away", "yes"));
        Assert.Null(hub.Ledger.Reads.Ledger(Samples.Ada).Ceilings.Of(Samples.Paint));
        Assert.DoesNotContain("Your ceilings for Spaces", await ReadAsync(ada), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_ThatAsksForNothingThereIs_ChangesNothing()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        var page = await ReadAsync(ada);
        foreach (var minutes in new[] { "-1", "", "1e9", "NaN", "99999999999999999999999999999999", "1,5" }) await RefusedAsync(("minutes", minutes));
        foreach (var space in new[] { "ada/none", "bob/sing", "", "<script>" }) await RefusedAsync(("minutes", "1"), ("space", space));
        Assert.Equal(Ceilings.None.Spaces, hub.Ledger.Reads.Ledger(Samples.Ada).Ceilings.Spaces);

        async Task RefusedAsync(params (string, string)[] fields)
        {
            var answer = await SendAsync(ada, page, fields);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
            Assert.Contains("role=\"alert\"", answer.Page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>", answer.Page, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Form_OfAnotherSiteOrOfNobody_ChangesNothing()
    {
        hub.Start();
        var ada = await hub.SignedInAsync("ada");
        using var forged = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new FormUrlEncodedContent([new("minutes", "60")]) };
        using var unasked = await ada.SendAsync(forged);
        Assert.Equal(HttpStatusCode.BadRequest, unasked.StatusCode);
        using var stranger = await hub.Browser().PostAsync(new Uri(Path, UriKind.Relative), new FormUrlEncodedContent([new("minutes", "60")]));
        Assert.Equal("/sign-in?next=%2Fsettings%2Flimits&cause=sign-in-needed", stranger.Headers.Location!.OriginalString);
        hub.Ledger.DecideInstructions();
        Assert.Equal(GpuTime.Zero, hub.Ledger.Reads.Ledger(Samples.Ada).Ceilings.Beyond);
    }

    private QuotaReading Reading() => hub.Ledger.Reads.Ledger(Samples.Ada).Read(hub.Catalogue.PlanOf(Samples.Ada), hub.Ledger.Clock.Now);

    private static Task<string> ReadAsync(HttpClient browser) => browser.GetStringAsync(new Uri(Path, UriKind.Relative));

    /// <summary>Sends the form, with an engine beside it that decides.</summary>
    private async Task<(HttpStatusCode Status, string? Location, string Page)> SendAsync(HttpClient browser, string page, params (string Name, string Value)[] fields)
    {
        var sending = WebHub.PostAsync(browser, Path, page, fields);
        for (; !sending.IsCompleted; await Task.Delay(5)) hub.Ledger.DecideInstructions();
        using var answer = await sending;
        return (answer.StatusCode, answer.Headers.Location?.OriginalString, await answer.Content.ReadAsStringAsync());
    }
}
