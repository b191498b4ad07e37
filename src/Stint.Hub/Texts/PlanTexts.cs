using Stint.Core.Plans;

namespace Stint.Hub.Texts;

/// <summary>Rules without effect, in words that say what decides instead and what to do.</summary>
public static class PlanTexts
{
    public static string Sentence(IdleRule rule) => rule.Cause switch
    {
        IdleCause.CapOfNobody =>
            $"Plan '{rule.Of}': a cap of {Span(rule.Value)} for anonymous visitors never counts, because only the plan '{Plan.Anonymous}' has any. Take it away.",
        IdleCause.DeviceCapNotBelowAllowance =>
            $"Plan '{rule.Of}': the cap of {Span(rule.Value)} for one device never counts, because the whole network's allowance is {Span(rule.Bound)}. Give it less, or take it away.",
        IdleCause.DeviceCapNotBelowSharedCap =>
            $"Plan '{rule.Of}': the cap of {Span(rule.Value)} for one device never counts, because all anonymous visitors together have at most {Span(rule.Bound)} in the windows that it can touch. Give it less.",
        IdleCause.AllowanceNotReached =>
            $"Plan '{rule.Of}': nobody reaches the allowance of {Span(rule.Value)}, because all anonymous visitors together have at most {Span(rule.Bound)} in the windows that it can touch. Raise their cap, or give less.",
        IdleCause.LongestBeyondAllowance =>
            $"Plan '{rule.Of}': a run may declare up to {Span(rule.Value)}, but the allowance ends it after {Span(rule.Bound)} unless a boost, a credit or a sponsor pays on.",
        IdleCause.LongestBeyondCap =>
            $"Plan '{rule.Of}': a run may declare up to {Span(rule.Value)}, but a cap ends it after {Span(rule.Bound)}, whoever pays.",
        IdleCause.HostingOfNobody => $"Plan '{rule.Of}': hosting {rule.Value} Spaces is of no use to anonymous visitors, for accounts host them. Set it to 0.",
        IdleCause.PriorityOfAll => $"All plans have priority {rule.Value}, so it puts nobody before anybody. Give one plan another.",
        IdleCause.CeilingBeyondCredits => $"The ceiling of {Span(rule.Value)} for credits is never reached: they hold {Span(rule.Bound)}.",
        IdleCause.CeilingBeyondFunds => $"The ceiling of {Span(rule.Value)} for {rule.Of} is never reached: all that can pay in its window is {Span(rule.Bound)}.",
    };

    private static string Span(long milliseconds) => Amounts.Of(TimeSpan.FromMilliseconds(milliseconds));
}
