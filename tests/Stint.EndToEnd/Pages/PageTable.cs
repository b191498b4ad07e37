using Stint.EndToEnd.Harness;
using Stint.Hub.Accounts;
using Stint.Hub.Accounts.Holding;
using Stint.Hub.Accounts.Own;
using Stint.Hub.Admin;
using Stint.Hub.Admin.Alerting;
using Stint.Hub.Admin.Hosted;
using Stint.Hub.Admin.Ledgers;
using Stint.Hub.Admin.People;
using Stint.Hub.Admin.Plans;
using Stint.Hub.Admin.Slots;
using Stint.Hub.Billing.Limits;
using Stint.Hub.Billing.Refusals;
using Stint.Hub.Billing.Usage;
using Stint.Hub.Doctor;
using Stint.Hub.Layout;
using Stint.Hub.Spaces.Authors;
using Stint.Hub.Spaces.Front;

namespace Stint.EndToEnd.Pages;

/// <param name="Name">What its pictures are called.</param>
/// <param name="Component">The page as the hub's sources name it.</param>
/// <param name="Path">Where it is, in a hub with something to see.</param>
public sealed record PageRow(string Name, string Component, Reader Reader, Func<PagesHub, Task<string>> Path, int Status = 200);

/// <summary>Every page of the hub, a line each: whoever adds one adds a line. Each is looked at as <see cref="PageTests"/> says.</summary>
public static class PageTable
{
    public static readonly IReadOnlyList<PageRow> Rows =
    [
        Row("spaces", nameof(GalleryPage), Reader.Stranger, "/"),
        Row("spaces-ada", nameof(GalleryPage), Reader.Ada, "/"),
        Row("sign-in", nameof(SignInPage), Reader.Stranger, "/sign-in"),
        Row("sign-in-cause", nameof(SignInPage), Reader.Stranger, "/sign-in?next=%2Fsettings%2Fbilling&cause=sign-in-expired"),
        new("set-up", nameof(SetUpPage), Reader.Stranger, SetUpLinkAsync),
        Row("set-up-closed", nameof(SetUpPage), Reader.Stranger, "/set-up/none", 410),
        Row("space", nameof(SpacePage), Reader.Stranger, $"/spaces/{DemoHub.Id}"),
        Row("space-ada", nameof(SpacePage), Reader.Ada, $"/spaces/{DemoHub.Id}"),
        Row("usage", nameof(UsagePage), Reader.Ada, "/settings/billing"),
        Row("usage-filtered", nameof(UsagePage), Reader.Ada, "/settings/billing?outcome=completed&days=7"),
        Row("limits", nameof(LimitsPage), Reader.Ada, "/settings/limits"),
        Row("tokens", nameof(TokensPage), Reader.Ada, "/settings/tokens"),
        Row("account", nameof(AccountPage), Reader.Ada, "/settings/account"),
        Row("set-up-link", nameof(SetUpLinkPage), Reader.Root, "/accounts/ada/set-up-link"),
        Row("usage-empty", nameof(UsagePage), Reader.Root, "/settings/billing"),
        new("refusal-ada", nameof(RefusalPage), Reader.Ada, hub => Task.FromResult($"/refusals/{hub.Refusals.OfAda}")),
        new("refusal-nobody", nameof(RefusalPage), Reader.Stranger, hub => Task.FromResult($"/refusals/{hub.Refusals.OfNobody}")),
        new("refusal-closed", nameof(NoticePage), Reader.Stranger, hub => Task.FromResult($"/refusals/{hub.Refusals.OfAda}"), 404),
        Row("refusal-door", nameof(RefusalPage), Reader.Stranger, $"/refusals/at/{DemoHub.Id}/access-token-revoked"),
        Row("refusal-door-ada", nameof(RefusalPage), Reader.Ada, $"/refusals/at/{DemoHub.Id}/sign-in-needed"),
        Row("doctor", nameof(DoctorPage), Reader.Stranger, "/doctor"),
        Row("doctor-space", nameof(DoctorPage), Reader.Ada, $"/doctor?space={DemoHub.Id}"),
        Row("author", nameof(AuthorPage), Reader.Painter, "/spaces/painter/studio/author"),
        Row("author-new", nameof(AuthorPage), Reader.Root, $"/spaces/{DemoHub.Id}/author"),
        Row("space-painter", nameof(SpacePage), Reader.Painter, "/spaces/painter/studio"),
        Row("admin", nameof(OverviewPage), Reader.Root, "/admin"),
        Row("admin-hour", nameof(AdminPage), Reader.Root, "/admin?minutes=60"),
        Row("admin-closed", nameof(NoticePage), Reader.Ada, "/admin", 403),
        Row("admin-people", nameof(PeoplePage), Reader.Root, "/admin/people"),
        Row("admin-person", nameof(PersonPage), Reader.Root, "/admin/people/ada"),
        Row("admin-plans", nameof(PlansPage), Reader.Root, "/admin/plans"),
        Row("admin-spaces", nameof(HostedPage), Reader.Root, "/admin/spaces"),
        Row("admin-refunds", nameof(RefundPage), Reader.Root, "/admin/refunds"),
        Row("admin-audit", nameof(AuditPage), Reader.Root, "/admin/audit"),
        Row("admin-alerts", nameof(AlertingPage), Reader.Root, "/admin/alerts"),
        Row("missing-page", nameof(NoticePage), Reader.Ada, "/nothing/here", 404),
        Row("missing-space", nameof(NoticePage), Reader.Stranger, "/spaces/no/such", 404),
    ];

    private static PageRow Row(string name, string component, Reader reader, string path, int status = 200) => new(name, component, reader, _ => Task.FromResult(path), status);

    private static async Task<string> SetUpLinkAsync(PagesHub hub)
    {
        var added = await hub.Hub.Cli.JsonAsync("account", "add", $"new-{Guid.NewGuid().ToString("n")[..8]}");
        return new Uri(hub.Hub.Secret(added.GetProperty("setUpLink").GetString()!)).PathAndQuery;
    }
}
