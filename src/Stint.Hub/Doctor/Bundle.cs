using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Stint.Hub.Texts;

namespace Stint.Hub.Doctor;

/// <summary>
/// What one would send to support: everything that was seen, as values, and what the doctor made of it. Nothing in it opens
/// anything: evidence is told by its kind, never by its text.
/// </summary>
internal static partial class Bundle
{
    private const string Unknown = "not seen";

    public static string Markdown(Observations seen, Examination examination, string version)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Stint: what the doctor saw at {seen.Hub.Now:yyyy-MM-dd HH:mm:ss} UTC").AppendLine();
        text.AppendLine("## Findings").AppendLine();
        if (examination.Findings.Count == 0) text.AppendLine(CultureInfo.InvariantCulture, $"None, of {examination.Tried.Count} checks.");
        foreach (var (finding, index) in examination.Findings.Select((finding, index) => (finding, index + 1)))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{index}. **{finding.Code}** ({finding.Side})");
            text.AppendLine(CultureInfo.InvariantCulture, $"   - Tried: {Line(finding.Tried)}").AppendLine(CultureInfo.InvariantCulture, $"   - Seen: {Line(finding.Seen)}");
            text.AppendLine(CultureInfo.InvariantCulture, $"   - Means: {Line(finding.Means)}").AppendLine(CultureInfo.InvariantCulture, $"   - Do: {Line(finding.Do)}");
        }

        text.AppendLine().AppendLine("## Facts").AppendLine().AppendLine("| What | Seen |").AppendLine("|---|---|");
        foreach (var (what, value) in Facts(seen, version)) text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {Line(value ?? Unknown).Replace("|", "\\|", StringComparison.Ordinal)} |");
        if (seen.Purse is { Entries.Count: > 0 } purse)
        {
            text.AppendLine().AppendLine("## Entries").AppendLine().AppendLine("| Receipt | Ended | Space | Charge |").AppendLine("|---|---|---|---|");
            foreach (var entry in purse.Entries) text.AppendLine(CultureInfo.InvariantCulture, $"| {entry.Receipt} | {entry.EndedAt:yyyy-MM-dd HH:mm:ss} UTC | {entry.Space} | {Line(entry.Line)} |");
        }

        if (seen.Purse is { Refusals.Count: > 0 } refused)
        {
            text.AppendLine().AppendLine("## Refusals").AppendLine().AppendLine("| Id | At | Code | Why |").AppendLine("|---|---|---|---|");
            foreach (var refusal in refused.Refusals) text.AppendLine(CultureInfo.InvariantCulture, $"| {refusal.Id} | {Amounts.Of(refusal.At)} | {refusal.Code} | {Line(refusal.Sentence)} |");
        }

        return Masked(text.ToString());
    }

    /// <summary>Without what opens anything, wherever it came from: what a caller or an app says is passed on as it was said, but for this.</summary>
    public static string Masked(string text) => Secret().Replace(text, found => string.Concat(found.Groups.Values.Skip(1).Select(kept => kept.Value)) + "…(masked)");

    /// <summary>On one line, and no longer than needed.</summary>
    public static string Plain(string text, int longest)
    {
        var plain = new string([.. text.Where(letter => !char.IsControl(letter)).Take(longest)]);
        return Masked(plain);
    }

    /// <summary>Each fact with its name, in the order of a call's way.</summary>
    public static IEnumerable<(string What, string? Value)> Facts(Observations seen, string version)
    {
        var (hub, evidence, caller, space, purse) = (seen.Hub, seen.Evidence, seen.Caller, seen.Space, seen.Purse);
        yield return ("Stint", version);
        yield return ("Runs on", hub.Runtime);
        yield return ("Hub", hub.Url.ToString());
        yield return ("Asked at", hub.AskedAt?.ToString());
        yield return ("Account", evidence.Account);
        yield return ("isPro, as the API says it", evidence.Account is null ? null : evidence.IsPro ? "true" : "false");
        yield return ("Plan", evidence.Plan);
        yield return ("Evidence at the hub", evidence.Kind is null ? "none" : $"{evidence.Kind}{(evidence.Cause is { } cause ? $", rejected: {cause}" : ", believed")}");
        yield return ("Opened from", caller?.Door);
        yield return ("Program", hub.Agent);
        yield return ("Space opened", Opened(caller));
        yield return ("Address class", hub.AddressClass is null ? null : $"{hub.AddressClass}{(purse is { Visitors: > 1 } ? $", {purse.Visitors} browsers seen" : "")}");
        yield return ("At the Space's address", Me(caller?.Direct) ?? caller?.Unreachable);
        yield return ("In the frame", Me(caller?.Framed));
        yield return ("Cookies kept", caller?.CookiesKept switch { true => "yes", false => "no", null => null });
        yield return ("Space", space is null ? null : $"{space.Name}, {space.Stage}{(space.Address is { } address ? $", {address}" : "")}");
        yield return ("Gradio", space?.App?.GradioVersion);
        yield return ("Events, calls with and without visitor", space is null ? null : $"{space.Counts.Events}, {space.Counts.CallsWithVisitor}, {space.Counts.CallsWithout}");
        yield return ("Counted to", purse is null ? null : AddressClass(purse.Identity));
        yield return ("GPU time", purse is null ? null : VisitorTexts.Parts(purse.Reading));
        yield return ("Resets", purse?.Reading.ResetsAt is { } resets ? Amounts.Of(resets) : null);
        yield return ("Charged by the latest runs", purse is null or { Entries.Count: 0 } ? null : $"{purse.Entries.Sum(entry => entry.ChargedSeconds)} s in {purse.Entries.Count}");
        yield return ("Last refusals", purse is null or { Refusals.Count: 0 } ? null : string.Join(", ", purse.Refusals.Select(refusal => refusal.Id.Value)));
        yield return ("Last refusal", purse?.LastRefusal is { } refusal ? $"{refusal.Id}, {refusal.Code}, {Amounts.Of(refusal.At)}" : null);
        yield return ("Pool", $"{seen.Pool.Slots} slots, {seen.Pool.Free} free, {seen.Pool.Quarantined} taken out, {seen.Pool.Waiting} waiting");
        yield return ("Clocks", $"hub {hub.Now:HH:mm:ss}, ledger {Amounts.Of(hub.LedgerNow)}{(caller?.Clock is { } clock ? $", caller {clock.ToUniversalTime():HH:mm:ss}" : "")}");
    }

    /// <summary>By which of its two ways the caller reached the Space.</summary>
    private static string? Opened(CallerSight? caller) => caller switch
    {
        null => null,
        { Direct: not null, Framed: not null } => "directly and in the frame of its page",
        { Direct: not null } => "directly",
        { Framed: not null } => "in the frame of its page",
        _ => null,
    };

    private static string? Me(MeSight? me) => me is null ? null : $"{me.Outcome}{(me.Account is { } account ? $" as {account}" : "")} by {me.RecognisedBy}";

    /// <summary>An anonymous visitor's address is theirs; the class of it says enough.</summary>
    private static string AddressClass(string identity) => !identity.StartsWith("anonymous:", StringComparison.Ordinal)
        ? identity
        : identity.EndsWith("/64", StringComparison.Ordinal) ? "an anonymous IPv6 network" : "an anonymous IPv4 address";

    /// <summary>Access tokens and what was signed by their form, the rest by the name that stands before it.</summary>
    [GeneratedRegex(@"()(hf_)[A-Za-z0-9]{6,}|()(eyJ)[\w-]{8,}\.[\w.-]+|(/device/|(?:token|allowToken|__sign|code|password|secret)=)()[^\s&|""']{4,}", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();

    private static string Line(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
