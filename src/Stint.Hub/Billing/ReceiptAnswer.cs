using Stint.Core.Quota;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Texts;

namespace Stint.Hub.Billing;

/// <summary>A page of receipts, the last to end first.</summary>
/// <param name="Next">The address of the next page; null on the last one.</param>
public sealed record ReceiptsAnswer(IReadOnlyList<ReceiptAnswer> Receipts, string? Next);

/// <summary>What one run cost and why. Always: the purses sum to what was charged.</summary>
/// <param name="Outcome">How it ended, as one stable word.</param>
/// <param name="ReservedFloorMilliseconds">Held from the reservation on.</param>
/// <param name="ReservedCeilingMilliseconds">The declared duration, weighed: the charge never passes it.</param>
/// <param name="Weight">GPU time that one second on this slot costs.</param>
/// <param name="ChargeLine">How the charge came about, the weight in it.</param>
/// <param name="WaitMilliseconds">From the request until a GPU was granted; never charged.</param>
/// <param name="AttachMilliseconds">From the grant until a worker was named.</param>
/// <param name="RunMilliseconds">From then until the end.</param>
/// <param name="ForgivenMilliseconds">Not charged, for the hub was down.</param>
/// <param name="Refusal">The refusal it came to after its wait.</param>
public sealed record ReceiptAnswer(
    string Id, string Identity, string Space, string? Endpoint, string Size, string? Device, string Outcome,
    long DeclaredMilliseconds, decimal DeclaredSeconds,
    long ReservedFloorMilliseconds, decimal ReservedFloorSeconds, long ReservedCeilingMilliseconds, decimal ReservedCeilingSeconds,
    long MeasuredMilliseconds, decimal MeasuredSeconds, decimal Weight, long ChargedMilliseconds, decimal ChargedSeconds, string ChargeLine,
    IReadOnlyList<PurseShareAnswer> Purses,
    long WaitMilliseconds, decimal WaitSeconds, long AttachMilliseconds, long RunMilliseconds, long ForgivenMilliseconds,
    DateTime ReservedAt, DateTime? GrantedAt, DateTime EndedAt, DateTime? WindowOpenedAt, string? Refusal)
{
    /// <summary>What spoke for the identity; null where the request did not say.</summary>
    public RecognitionAnswer? RecognisedBy { get; init; }

    /// <summary>What it used when its purses had ended, and was not charged: the house paid.</summary>
    public long PaidByHouseMilliseconds { get; init; }

    /// <summary>What came back after the settlement; null where nothing did.</summary>
    public RefundAnswer? Refunded { get; init; }

    /// <summary>The cap or ceiling that stopped it, as one stable word; null where none did.</summary>
    public string? StoppedBy { get; init; }

    internal static ReceiptAnswer Of(Receipt receipt) => new(
        receipt.Id.Value, receipt.Identity.Value, receipt.Function.Space.ToString(), receipt.Function.Endpoint is "" ? null : receipt.Function.Endpoint,
        Amounts.Of(receipt.Function.Size), receipt.Slot?.Value, QuotaTexts.Outcome(receipt),
        receipt.Function.DeclaredMilliseconds, receipt.Declared.InSeconds(),
        receipt.Floor.Milliseconds, receipt.Floor.InSeconds(), receipt.Ceiling.Milliseconds, receipt.Ceiling.InSeconds(),
        receipt.Measured.InMilliseconds(), receipt.Measured.InSeconds(), receipt.Weight.Thousandths / 1000m,
        receipt.Charged.Milliseconds, receipt.Charged.InSeconds(), QuotaTexts.ChargeLine(receipt),
        [.. receipt.Purses.Select(share => new PurseShareAnswer(PurseId.Of(share).Value, share.Purse, share.Amount.Milliseconds, share.Amount.InSeconds()))],
        receipt.Wait.InMilliseconds(), receipt.Wait.InSeconds(), receipt.Attach.InMilliseconds(), receipt.Run.InMilliseconds(), receipt.Forgiven.InMilliseconds(),
        receipt.ReservedAt.ToUtc().UtcDateTime, receipt.GrantedAt?.ToUtc().UtcDateTime, receipt.EndedAt.ToUtc().UtcDateTime,
        receipt.WindowOpenedAt?.ToUtc().UtcDateTime, receipt.Refusal is { } refusal ? $"/v1/refusals/{refusal}" : null)
    {
        RecognisedBy = RecognitionAnswer.Of(receipt.Recognition),
        PaidByHouseMilliseconds = receipt.PaidByHouse.Milliseconds,
        Refunded = RefundAnswer.Of(receipt.Refund),
        StoppedBy = receipt.Exit is null ? null : receipt.Cause,
    };
}

/// <summary>What one purse paid of a charge.</summary>
public sealed record PurseShareAnswer(string Id, string Purse, long AmountMilliseconds, decimal AmountSeconds);

/// <summary>Receipts as comma-separated values, one line each, exact to the millisecond.</summary>
internal static class ReceiptTable
{
    public const string ContentType = "text/csv; charset=utf-8";

    private static readonly (string Name, Func<ReceiptAnswer, object?> Value)[] Columns =
    [
        ("id", r => r.Id), ("identity", r => r.Identity), ("space", r => r.Space), ("endpoint", r => r.Endpoint), ("size", r => r.Size), ("device", r => r.Device),
        ("outcome", r => r.Outcome), ("declaredMilliseconds", r => r.DeclaredMilliseconds), ("reservedFloorMilliseconds", r => r.ReservedFloorMilliseconds),
        ("reservedCeilingMilliseconds", r => r.ReservedCeilingMilliseconds), ("measuredMilliseconds", r => r.MeasuredMilliseconds), ("weight", r => r.Weight),
        ("chargedMilliseconds", r => r.ChargedMilliseconds), ("purse", r => r.Purses is [var only] ? only.Purse : string.Join('+', r.Purses.Select(share => $"{share.Purse}:{share.AmountMilliseconds}"))), ("waitMilliseconds", r => r.WaitMilliseconds),
        ("attachMilliseconds", r => r.AttachMilliseconds), ("runMilliseconds", r => r.RunMilliseconds), ("forgivenMilliseconds", r => r.ForgivenMilliseconds),
        ("reservedAt", r => r.ReservedAt), ("grantedAt", r => r.GrantedAt), ("endedAt", r => r.EndedAt),
    ];

    public static string Write(IEnumerable<ReceiptAnswer> receipts) => string.Concat(
        receipts.Select(receipt => string.Join(',', Columns.Select(column => Cell(column.Value(receipt)))))
            .Prepend(string.Join(',', Columns.Select(column => column.Name)))
            .Select(line => line + "\r\n"));

    private static string Cell(object? value) => value switch
    {
        null => "",
        string text => Text(text),
        DateTime at => at.ToString("yyyy-MM-ddTHH:mm:ss.fffZ"),
        _ => $"{value}",
    };

    private static string Text(string text)
    {
        // A spreadsheet takes a text that begins so for a formula, and names of Spaces and endpoints come from anyone.
        if (text is ['=' or '+' or '-' or '@' or '\t' or '\r', ..]) text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
