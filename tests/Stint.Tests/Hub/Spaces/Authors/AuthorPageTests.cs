using System.Net;
using Stint.Hub.Telemetry;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Spaces.Authors;

public sealed class AuthorPageTests : IDisposable
{
    private static readonly Uri Page = new("/spaces/ada/paint/author", UriKind.Relative);
    private readonly WebHub hub = new();

    public void Dispose() => hub.Dispose();

    [Fact]
    [Trait("Behaviour", "B28")]
    public async Task Author_OfAFunctionThatRan_SeesHowLongItTakesAndWhatToDeclare()
    {
        hub.Start();
        foreach (var seconds in new[] { 2.0, 4, 6 }) hub.Ledger.Run(Samples.Bob, seconds);
        var page = WebUtility.HtmlDecode(await (await hub.SignedInAsync("ada")).GetStringAsync(Page));
        foreach (var shown in new[] { "/run", ">4 s<", ">6 s<", ">60 s<", "@spaces.GPU(duration=10)" }) Assert.Contains(shown, page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Behaviour", "B5")]
    public async Task Calls_WithoutIdentity_AreShownWithShareAndSinceWhenToAuthorAndAdministrator()
    {
        hub.Start();
        var activity = hub.Get<SpaceActivity>();
        activity.CalledWithVisitor(Samples.Paint);
        foreach (var _ in new[] { 1, 2, 3 }) activity.CalledWithoutVisitor(Samples.Paint, amidEvents: true, hub.Ledger.Clock.Now);
        var (ada, root) = (await hub.SignedInAsync("ada"), await hub.SignedInAsync("root"));
        var page = await ada.GetStringAsync(Page);
        Assert.Contains("3 of 4 calls, 75 %", page, StringComparison.Ordinal);
        var all = await root.GetStringAsync(new Uri("/admin/spaces", UriKind.Relative));
        Assert.Contains("3 of 4 calls, 75 %", all, StringComparison.Ordinal);
        Assert.Contains("2023-11-14 22:13:20 UTC", all, StringComparison.Ordinal);
        Assert.True(all.IndexOf("ada/paint", StringComparison.Ordinal) < all.IndexOf("bob/sing", StringComparison.Ordinal));
        using var forged = await WebHub.PostAsync(ada, Page + "/counts", "");
        Assert.Equal((HttpStatusCode.BadRequest, 3), (forged.StatusCode, activity.Of(Samples.Paint).CallsWithout));
        using var anew = await WebHub.PostAsync(ada, Page + "/counts", page);
        Assert.Equal((HttpStatusCode.Redirect, 0), (anew.StatusCode, activity.Of(Samples.Paint).CallsWithout));
    }

    [Fact]
    public async Task Author_IsTheOwnerOrAnAdministratorAndNobodyElse()
    {
        hub.Start();
        var bob = await hub.SignedInAsync("bob");
        using var unknown = await hub.Browser().GetAsync(Page);
        using var foreign = await bob.GetAsync(Page);
        using var posted = await WebHub.PostAsync(bob, Page + "/counts", await bob.GetStringAsync(new Uri("/", UriKind.Relative)));
        using var never = await bob.GetAsync(new Uri("/spaces/ada/nothing/author", UriKind.Relative));
        using var root = await (await hub.SignedInAsync("root")).GetAsync(Page);
        Assert.Equal(
            [HttpStatusCode.Redirect, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.OK],
            new[] { unknown, foreign, posted, never, root }.Select(answer => answer.StatusCode));
    }
}
