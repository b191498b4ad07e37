using System.CommandLine;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands;

/// <summary><c>stint plan</c>: what accounts are granted.</summary>
internal static class PlanCommands
{
    private const int PriorityUnlessSaid = 1;

    public static Command Create(Shell shell) => shell.Noun("plan", "Lists plans, adds and changes them.", List(shell), Set(shell));

    private static Command List(Shell shell) => shell.Verb(new Command("list", "Lists plans."), call => call.Terminal.Table(
        call.Hub.Catalogue.Plans(),
        ToJson,
        ("name", plan => plan.Name),
        ("gpu time in 24 h", plan => SpanText.Of(TimeSpan.FromMilliseconds(plan.Allowance.Milliseconds))),
        ("priority", plan => $"{plan.Priority}"),
        ("longest run", plan => SpanText.Of(plan.LongestDuration)),
        ("hosts", plan => plan.HostingLimit == 1 ? "1 Space" : $"{plan.HostingLimit} Spaces")));

    private static Command Set(Shell shell)
    {
        var name = new Argument<string>("NAME") { Description = "A plan that is there, or the name of a new one." };
        var allowance = new Option<TimeSpan?>("--allowance") { Description = "GPU time in 24 hours from first use, as in 25m. A new plan needs it.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var priority = new Option<int?>("--priority") { Description = "Weight in the queue, 1 to 1000: twice as much waits half as long for the same backlog.", HelpName = "N" };
        var longest = new Option<TimeSpan?>("--longest") { Description = "The longest run that may be declared, as in 10m.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var hosting = new Option<int?>("--hosting") { Description = "Spaces an account on it may host.", HelpName = "N" };
        var strict = new Option<bool?>("--strict") { Description = "true: every run asks for its declared duration and nothing less.", HelpName = "true|false" };
        var device = new Option<TimeSpan?>("--device-cap") { Description = "For anonymous visitors: GPU time in 24 h for one device of a network; 0s for no cap of its own.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var shared = new Option<TimeSpan?>("--shared-cap") { Description = "For anonymous visitors: GPU time in 24 h for all of them together; 0s for no cap.", HelpName = "SPAN", CustomParser = result => SpanText.Parse(result) };
        var command = new Command("set", "Changes a plan for everyone on it, or adds one. A larger allowance counts at once, a smaller one from each account's next window.")
        {
            name, allowance, priority, longest, hosting, strict, device, shared,
        };
        command.Validators.Add(result =>
        {
            if (!new Option[] { allowance, priority, longest, hosting, strict, device, shared }.Any(option => result.GetResult(option) is not null)) result.AddError("Say what to set: --allowance, --priority, --longest, --hosting, --strict, --device-cap or --shared-cap.");
        });
        return shell.Verb(command, call =>
        {
            var before = call.Hub.Catalogue.FindPlan(call.Get(name));
            var granted = call.Get(allowance);
            if (before is null && granted is null) return call.Terminal.Refuse($"no plan is named '{call.Get(name)}'; give --allowance to make it, or choose from: stint plan list");
            var plan = new Plan(
                call.Get(name),
                granted is { } span ? new GpuTime((long)span.TotalMilliseconds) : before!.Allowance,
                call.Get(priority) ?? before?.Priority ?? PriorityUnlessSaid,
                call.Get(longest) ?? before?.LongestDuration ?? LongestUnlessSaid(granted!.Value),
                call.Get(hosting) ?? before?.HostingLimit ?? 0)
            {
                Strict = call.Get(strict) ?? before?.Strict ?? false,
                DeviceCap = CapOf(call.Get(device), before?.DeviceCap),
                SharedCap = CapOf(call.Get(shared), before?.SharedCap),
            };
            var outcome = call.Hub.Catalogue.SetPlan(plan);
            if (outcome == SetPlanOutcome.Set)
                foreach (var rule in IdleRules.Of(plan)) call.Terminal.Note(PlanTexts.Sentence(rule));
            return outcome switch
            {
                SetPlanOutcome.Set => call.Terminal.Say(ToJson(plan), $"Plan {plan.Name} {(before is null ? "is added" : "is set")}: {Says(plan)}."),
                SetPlanOutcome.Invalid => call.Terminal.Refuse(plan.Problem()!),
            };
        }, makes: true);
    }

    private static GpuTime? CapOf(TimeSpan? asked, GpuTime? before) => asked switch
    {
        null => before,
        { } span when span == TimeSpan.Zero => null,
        { } span => new GpuTime((long)span.TotalMilliseconds),
    };

    /// <summary>A new plan lets one run use all of its allowance, within the bounds of a run.</summary>
    private static TimeSpan LongestUnlessSaid(TimeSpan allowance) => TimeSpan.FromSeconds(Math.Clamp(Math.Floor(allowance.TotalSeconds), 60, 600));

    private static string Says(Plan plan) =>
        $"{SpanText.Of(TimeSpan.FromMilliseconds(plan.Allowance.Milliseconds))} of GPU time in 24 h, priority {plan.Priority}, runs up to {SpanText.Of(plan.LongestDuration)}, hosts {plan.HostingLimit}{(plan.Strict ? ", strict" : "")}"
        + Capped(plan.DeviceCap, "one device of a network") + Capped(plan.SharedCap, "all anonymous visitors");

    private static string Capped(GpuTime? cap, string who) => cap is { } most ? $", {SpanText.Of(TimeSpan.FromMilliseconds(most.Milliseconds))} for {who}" : "";

    private static object ToJson(Plan plan) => new
    {
        plan.Name,
        AllowanceSeconds = plan.Allowance.Milliseconds / 1000m,
        plan.Priority,
        LongestSeconds = (long)plan.LongestDuration.TotalMilliseconds / 1000m,
        plan.HostingLimit,
        plan.Strict,
        DeviceCapSeconds = plan.DeviceCap?.Milliseconds / 1000m,
        SharedCapSeconds = plan.SharedCap?.Milliseconds / 1000m,
    };
}
