using System.Globalization;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Store.Ledgers;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing.Usage;

/// <summary>Which receipts a reader of the page asked for, as parts of its address. Always one that there is: what is written otherwise is a problem and asks for nothing.</summary>
/// <param name="Space">Empty for every Space.</param>
/// <param name="Outcome">The stable word of how it ended; empty for each.</param>
/// <param name="Days">One of <see cref="Spans"/>.</param>
public sealed record ReceiptQuery(string Space, string Outcome, string Days)
{
    public static readonly ReceiptQuery Everything = new("", "", "30");

    /// <summary>Days to look back; 0 for all there is.</summary>
    public static readonly IReadOnlyList<(string Days, string Says)> Spans =
        [.. new[] { 1, 7, 30, 90 }.Select(days => ($"{days}", days == 1 ? "day" : $"{days} days")), ("0", "all time")];

    /// <summary>How a lease can end, then why none was granted: each as its stable word and in words.</summary>
    public static readonly IReadOnlyList<(string Word, string Says)> Outcomes =
    [
        .. Enum.GetValues<ExitClass>().Select(exit => (QuotaTexts.ExitCode(exit), QuotaTexts.Exit(exit))),
        (EndingCauses.VisitorLeft, "the visitor left the queue"), (EndingCauses.NoGpuInTime, "no GPU in time"), (EndingCauses.QuotaExceeded, "the quota no longer held it"),
        (EndingCauses.HubRestarted, "the hub was started anew"), (EndingCauses.NodeLost, "its machine was lost"),
    ];

    /// <summary>What an address asks for, or everything and what is wrong with it.</summary>
    public static (ReceiptQuery Query, string? Problem) Read(string? space, string? outcome, string? days)
    {
        var query = new ReceiptQuery(space?.Trim() ?? "", outcome ?? "", days ?? Everything.Days);
        if (query.Space is not "" && !SpaceId.TryParse(query.Space, out _)) return (Everything, "What was asked for is not the name of a Space, so all are shown.");
        if (query.Outcome is not "" && !Outcomes.Any(each => each.Word == query.Outcome)) return (Everything, "There is no such outcome, so all are shown.");
        if (!Spans.Any(each => each.Days == query.Days)) return (Everything, $"There is no such span of days, so the last {Everything.Days} are shown.");
        return (query, null);
    }

    public ReceiptFilter At(Instant now)
    {
        var exits = Enum.GetValues<ExitClass>().Where(exit => QuotaTexts.ExitCode(exit) == Outcome).Select(exit => (ExitClass?)exit).FirstOrDefault();
        return new(
            Space is "" ? null : SpaceId.Parse(Space), exits, exits is null && Outcome is not "" ? Outcome : null,
            Days == "0" ? null : now - TimeSpan.FromDays(int.Parse(Days, CultureInfo.InvariantCulture)));
    }

    /// <summary>The address of a page that shows these.</summary>
    /// <param name="before">Go on after this receipt; null for the first page.</param>
    public string Address(string path = Links.Usage, ReservationId? before = null) => path + QueryString.Create(
        new Dictionary<string, string?> { ["space"] = Space, ["outcome"] = Outcome, ["days"] = Days, ["before"] = before?.Value }.Where(pair => !string.IsNullOrEmpty(pair.Value)));
}
