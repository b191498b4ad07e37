using Stint.Core.Quota;

namespace Stint.Core.Plans;

/// <summary>What an identity is granted: data, never code. The operator may edit every number.</summary>
/// <param name="Name">Lower-case letters, digits and hyphens.</param>
/// <param name="Allowance">GPU time in 24 h from first use.</param>
/// <param name="Priority">Weight in the queue, at least 1: twice the priority is charged half the delay for the same backlog.</param>
/// <param name="LongestDuration">The longest run that may be declared; longer ones are refused for good.</param>
/// <param name="HostingLimit">Spaces an account on this plan may host.</param>
public sealed record Plan(string Name, GpuTime Allowance, int Priority, TimeSpan LongestDuration, int HostingLimit)
{
    /// <summary>Every run asks for its declared duration and nothing less.</summary>
    public bool Strict { get; init; }

    /// <summary>GPU time in 24 h for one device of a network whose visitors nobody knows; null where only the network's allowance binds.</summary>
    public GpuTime? DeviceCap { get; init; }

    /// <summary>GPU time in 24 h for all anonymous visitors together; null where nothing binds them together.</summary>
    public GpuTime? SharedCap { get; init; }

    public const string Anonymous = "anonymous";
    public const string Free = "free";
    public const string Pro = "pro";

    /// <summary>The published plans a new hub starts with: 2, 3.5 and 25 minutes of GPU time a day.</summary>
    public static readonly IReadOnlyList<Plan> Defaults =
    [
        new(Anonymous, GpuTime.FromMinutes(2), 1, TimeSpan.FromSeconds(120), 0) { SharedCap = GpuTime.FromMinutes(120) },
        new(Free, GpuTime.FromMinutes(3.5), 2, TimeSpan.FromSeconds(210), 2),
        new(Pro, GpuTime.FromMinutes(25), 4, TimeSpan.FromSeconds(600), 10),
    ];

    /// <summary>What is wrong with this plan, as a sentence that says what to do; null when nothing is.</summary>
    public string? Problem() => this switch
    {
        { Name: var name } when name.Length is 0 or > 32 || name.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')) =>
            $"'{name}' is no plan name: use up to 32 lower-case letters, digits and hyphens",
        { Allowance.Milliseconds: > 31L * 86_400_000 } => $"plan '{Name}': an allowance of {Allowance} is more than a month of GPU time a day; give less",
        { Priority: < 1 or > 1000 } => $"plan '{Name}': priority {Priority} is outside 1 to 1000",
        { LongestDuration.TotalSeconds: < 1 or > 86_400 } => $"plan '{Name}': the longest duration must be between 1 s and a day",
        { DeviceCap.Milliseconds: 0 } or { SharedCap.Milliseconds: 0 } => $"plan '{Name}': a cap of nothing shuts everyone out; set the allowance to 0 instead",
        { HostingLimit: < 0 or > 100_000 } => $"plan '{Name}': a hosting limit of {HostingLimit} is outside 0 to 100000",
        _ => null,
    };
}
