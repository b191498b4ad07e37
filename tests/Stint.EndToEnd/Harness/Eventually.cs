using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Stint.EndToEnd.Harness;

/// <summary>Waits for what other processes do in their own time; gives up after a bound and says what did not come true.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static Task True(Func<bool> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string says = "") =>
        True(() => Task.FromResult(condition()), within, says);

    public static async Task True(Func<Task<bool>> condition, TimeSpan? within = null, [CallerArgumentExpression(nameof(condition))] string says = "")
    {
        var bound = within ?? Bound;
        for (var since = Stopwatch.StartNew(); !await condition(); await Task.Delay(20))
            if (since.Elapsed > bound) Assert.Fail($"did not come true within {bound.TotalSeconds:0.#} s: {says}");
    }
}
