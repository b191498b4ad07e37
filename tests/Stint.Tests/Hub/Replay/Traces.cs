using System.Globalization;
using Stint.Hub.Replay;
using Stint.Tests.Fakes;

namespace Stint.Tests.Hub.Replay;

/// <summary>Traces for replays: small ones made by hand, and the real one.</summary>
internal static class Traces
{
    public static string RealPath => Path.Combine(SharedFolder.Path!, "data", "genai-requests.csv");

    public static Trace Real()
    {
        using var text = new StreamReader(RealPath);
        return Trace.Read(text, "the real trace");
    }

    public static Trace Of(params (double Arrival, string Who, double Run)[] requests) => Read(
        "arrival_s,identity,model,gpu_s\n" + string.Concat(requests.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Arrival},{r.Who},m1,{r.Run}\n"))));

    public static Trace Read(string csv) => Trace.Read(new StringReader(csv), "t.csv");
}
