using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Stint.Core.Leasing;
using Stint.Core.Spaces;

namespace Stint.Hub.DeviceApi;

/// <summary>What a <c>/schedule</c> asks for, as the wire has it. Parameters nobody knows are tolerated: versions differ.</summary>
/// <param name="TaskId">Python's id of the function: 64 bits, whatever their sign.</param>
/// <param name="Queue">False where the caller would rather be refused than wait.</param>
/// <param name="Token">The identity token; null where the call is bound to no visitor.</param>
/// <param name="WaitLimit">Null where the request leaves it to the Space and the pool.</param>
internal sealed record ScheduleQuery(long TaskId, bool Queue, TimeSpan Duration, SlotSize Size, string? Token, TimeSpan? WaitLimit)
{
    public const string WaitHeader = "X-Stint-Wait-Seconds";
    private const int LongestWaitSeconds = 3600;

    /// <summary>Longer ones are longer than any plan's longest run, so they are refused all the same, without a number that overflows.</summary>
    private const decimal LongestDurationSeconds = 31 * 86_400;

    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out ScheduleQuery? query, [NotNullWhen(false)] out string? problem)
    {
        query = null;
        problem = Repeated(request.Query);
        if (problem is not null) return false;
        var values = new Values(request);
        var (task, queue, duration, size, wait) = (values.Task(), values.Flag("enableQueue", absent: true), values.Duration(FunctionKey.DeclaredByDefault), values.Size(), values.Wait());
        problem = (task, queue, duration, size, wait.Fits) switch
        {
            (null, _, _, _, _) => "taskId must be a 64-bit integer",
            (_, null, _, _, _) => "enableQueue must be true or false",
            (_, _, null, _, _) => "durationSeconds must be a positive number",
            (_, _, _, null, _) => "gpuSize must be large or xlarge",
            (_, _, _, _, false) => $"{WaitHeader} must be 1 to {LongestWaitSeconds}",
            _ => null,
        };
        if (problem is not null) return false;
        query = new(task!.Value, queue!.Value, duration!.Value, size!.Value, values["token"], wait.Limit);
        return true;
    }

    public FunctionKey FunctionOf(SpaceId space, string endpoint) => new(space, endpoint, Size, (long)Duration.TotalMilliseconds);

    private static string? Repeated(IQueryCollection query) =>
        query.FirstOrDefault(pair => pair.Value.Count > 1).Key is { } name ? $"{name} is given more than once" : null;

    private readonly struct Values(HttpRequest request)
    {
        public string? this[string name] => request.Query.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;

        public long? Task() => this["taskId"] switch
        {
            { } text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) => id,
            { } text when ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) => unchecked((long)id),
            _ => null,
        };

        public bool? Flag(string name, bool absent) => this[name] switch
        {
            null => absent,
            { } text => bool.TryParse(text, out var flag) ? flag : null,
        };

        /// <summary>Decorators may declare fractions of a second.</summary>
        public TimeSpan? Duration(TimeSpan absent)
        {
            if (this["durationSeconds"] is not { } text) return absent;
            if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds <= 0) return null;
            return TimeSpan.FromMilliseconds((long)Math.Ceiling(Math.Min(seconds, LongestDurationSeconds) * 1000));
        }

        /// <summary>One version knows <c>medium</c>; nothing of it is smaller than half a card here.</summary>
        public SlotSize? Size() => this["gpuSize"] switch
        {
            null or "large" or "medium" => SlotSize.Large,
            "xlarge" => SlotSize.XLarge,
            _ => null,
        };

        public (bool Fits, TimeSpan? Limit) Wait()
        {
            if (!request.Headers.TryGetValue(WaitHeader, out var header)) return (true, null);
            return int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= LongestWaitSeconds
                ? (true, TimeSpan.FromSeconds(seconds))
                : (false, null);
        }
    }
}
