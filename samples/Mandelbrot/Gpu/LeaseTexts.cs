using System.Globalization;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>
/// What `spaces` tells a visitor who gets no GPU. The wording is part of the protocol: people search for it and
/// programs match it. Left out are only the lines that advertise another platform's paid plans.
/// </summary>
internal static class LeaseTexts
{
    public const string QueueTitle = "ZeroGPU queue";
    public const string WarningTitle = "ZeroGPU client warning";
    public const string Acquired = "Successfully acquired a GPU";
    public const string NotUsed = "GPU device not used";
    public const string Aborted = "GPU task aborted";

    private const string ClientErrorTitle = "ZeroGPU client error";
    private const string QuotaTitle = "ZeroGPU quota exceeded";
    private const string OutsideExamples = "Try re-running outside of examples if it happened after clicking one";
    private const int DefaultDurationSeconds = 60;

    public static VisitorError ExpiredToken => new(ClientErrorTitle, "Expired ZeroGPU proxy token");

    public static VisitorError NoGpu => new(ClientErrorTitle, "No GPU was available");

    public static VisitorError LeftWhileQueueing => new(ClientErrorTitle, "Connection closed by visitor while queueing");

    public static VisitorError LeftOnSuccess => new(ClientErrorTitle, "Connection closed by visitor on queue success");

    public static string Waiting(string? queuingReason) =>
        queuingReason == "concurrency" ? "Waiting for a GPU slot on this Space" : "Waiting for a GPU to become available";

    public static VisitorError Refused(LeaseRequest request, QuotaLeft quota, string? authenticated)
    {
        var requested = request.Function.DurationSeconds ?? DefaultDurationSeconds;
        if (quota.Wait < TimeSpan.Zero)
        {
            return new("ZeroGPU illegal duration", $"The requested GPU duration ({requested}s) is larger than the maximum allowed");
        }

        if (request.Token is null)
        {
            return new(QuotaTitle, $"Space app has reached its GPU limit. {OutsideExamples}");
        }

        var whose = authenticated switch { "pro" => "Pro ZeroGPU", "regular" => "free ZeroGPU", _ => "ZeroGPU" };
        return new(
            QuotaTitle,
            $"You have exceeded your {whose} quota ({requested}s requested vs. {quota.Left}s left). Try again in {AsPython(quota.Wait)}. ");
    }

    public static VisitorError QueueTimeout(LeaseRequest request) => request.Token is null
        ? new(QuotaTitle, $"No GPU was available after 60s. {OutsideExamples}")
        : new("ZeroGPU queue timeout", "No GPU was available after 60s. Retry later");

    /// <summary>What Python's <c>str(timedelta)</c> prints: <c>1 day, 2:03:04</c>.</summary>
    private static string AsPython(TimeSpan wait)
    {
        var days = wait.Days switch { 0 => "", 1 => "1 day, ", var many => $"{many} days, " };
        var micros = wait.Ticks / TimeSpan.TicksPerMicrosecond % 1_000_000;
        var fraction = micros == 0 ? "" : "." + micros.ToString("000000", CultureInfo.InvariantCulture);
        return $"{days}{wait.Hours}:{wait.Minutes:00}:{wait.Seconds:00}{fraction}";
    }
}
