using System.Runtime.InteropServices;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Store;
using Stint.Hub.Texts;

namespace Stint.Hub.Doctor.Observing;

/// <summary>Looks at the hub itself: its clocks, its disk, its rules, and how a request came to it.</summary>
internal sealed class HubLook(HubOptions options, Catalogue catalogue, LedgerClock clock, TimeProvider time, LedgerDamage damage)
{
    private const int LongestAgent = 200;

    /// <summary>What should have ended has, this soon after.</summary>
    public static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(30);

    /// <param name="isOperator">Only the operator is told of disks and damage in detail; that there is damage, everyone.</param>
    public async Task<HubSight> LookAsync(HttpContext context, bool isOperator)
    {
        var found = await damage.LinesAsync().ConfigureAwait(false);
        return new(
            time.GetUtcNow(), clock.Now, options.Url, AskedAt(context), Forwarder(context), isOperator || found.Count == 0 ? found : ["The audit of the ledger does not pass."],
            isOperator ? FreeBytes() : null, isOperator ? IdleRules() : [])
        {
            AddressClass = NetworkClass.Of(context.Connection.RemoteIpAddress),
            Agent = context.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? Bundle.Plain(agent, LongestAgent) : null,
            Runtime = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture})",
        };
    }

    private static Uri? AskedAt(HttpContext context) =>
        Uri.TryCreate($"{context.Request.Scheme}://{context.Request.Host.Value}", UriKind.Absolute, out var asked) ? asked : null;

    /// <summary>The peer, where it names someone it forwards for and nobody told the hub to believe it.</summary>
    private static string? Forwarder(HttpContext context)
    {
        var says = context.Request.Headers.ContainsKey("X-Forwarded-For") || context.Request.Headers.ContainsKey("Forwarded");
        return says && context.Features.Get<ForwardedBy>() is null ? context.Connection.RemoteIpAddress?.ToString() : null;
    }

    private long? FreeBytes()
    {
        try
        {
            return new DriveInfo(options.Directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // A place whose room cannot be told is no finding.
            return null;
        }
    }

    /// <summary>Rules that can never apply: what is longer than all there is never comes to be refused for its length.</summary>
    private List<string> IdleRules() =>
    [
        .. catalogue.Plans().Where(plan => plan.LongestDuration > Weight.One.Lasts(plan.Allowance)).Select(plan =>
            $"Plan '{plan.Name}' lets one run declare {Amounts.Of(plan.LongestDuration)}, and grants {Amounts.Of(plan.Allowance)} in all: the first can never apply."),
    ];
}
