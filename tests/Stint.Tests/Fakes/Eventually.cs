using Xunit;

namespace Stint.Tests.Fakes;

/// <summary>Waits for what a real process or thread does in its own time; gives up after a bound and says so.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static async Task True(Func<bool> condition, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string says = "")
    {
        for (var until = Environment.TickCount64 + (long)Bound.TotalMilliseconds; !condition(); await Task.Delay(10))
            if (Environment.TickCount64 > until) Assert.Fail($"did not come true: {says}");
    }
}
