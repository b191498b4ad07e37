using System.Globalization;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.Admin.Plans;

/// <summary>Plans, changed in place, with every rule among them that has no effect.</summary>
internal static class PlanEndpoints
{
    private static readonly Plan Empty = new("", GpuTime.FromMinutes(10), 1, TimeSpan.FromSeconds(600), 0);

    public static void MapPlans(this IEndpointRouteBuilder rooms)
    {
        rooms.MapGet(AdminPaths.Plans, (Catalogue catalogue) => Page(catalogue));
        rooms.MapPost(AdminPaths.Plans, (Catalogue catalogue, HttpContext context) => Set(catalogue, Administrator.Of(context)));
    }

    private static IResult Set(Catalogue catalogue, Administrator by)
    {
        if (Read(by) is not { } plan) return Page(catalogue, problem: "A number is missing or is none: seconds as in 90 or 0.5, whole numbers for priority and Spaces.");
        return catalogue.SetPlan(plan) switch
        {
            SetPlanOutcome.Set => Page(catalogue, $"Plan {plan.Name} is set. A larger allowance counts at once, a smaller one from each account's next window."),
            SetPlanOutcome.Invalid => Page(catalogue, problem: plan.Problem()),
        };
    }

    private static IResult Page(Catalogue catalogue, string? done = null, string? problem = null)
    {
        var plans = catalogue.Plans();
        return Pages.Page<PlansPage>(
            new { Plans = plans, Idle = IdleRules.Of(plans), Done = done, Problem = problem, Empty },
            problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>Null where a field is none of its kind; what is out of its bounds the plan itself says.</summary>
    private static Plan? Read(Administrator by)
    {
        var (device, deviceIsRead) = Cap(by, "device");
        var (shared, sharedIsRead) = Cap(by, "shared");
        if (!deviceIsRead || !sharedIsRead || by.Milliseconds("allowance") is not { } allowance || by.Milliseconds("longest") is not { } longest) return null;
        if (Number(by, "priority") is not { } priority || Number(by, "hosting") is not { } hosting) return null;
        return new Plan(by.Field("name"), new GpuTime(allowance), priority, TimeSpan.FromMilliseconds(longest), hosting) { Strict = by.Has("strict"), DeviceCap = device, SharedCap = shared };
    }

    private static (GpuTime? Cap, bool IsRead) Cap(Administrator by, string name) =>
        by.Field(name).Length == 0 ? (null, true) : by.Milliseconds(name) is { } milliseconds ? (new GpuTime(milliseconds), true) : (null, false);

    private static int? Number(Administrator by, string name) =>
        int.TryParse(by.Field(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
