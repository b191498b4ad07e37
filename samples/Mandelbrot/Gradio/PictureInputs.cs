using System.Text.Json;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>One number that both functions take.</summary>
internal sealed record PictureInput(string Name, string Label, double Default, double Least, double Most);

/// <summary>The inputs of both functions, in the order of the wire's <c>data</c> array.</summary>
internal static class PictureInputs
{
    public static readonly IReadOnlyList<PictureInput> All =
    [
        new("x", "Centre, real part", -0.7436, double.MinValue, double.MaxValue),
        new("y", "Centre, imaginary part", 0.1318, double.MinValue, double.MaxValue),
        new("zoom", "Zoom", 1, double.MinValue, double.MaxValue),
        new("seconds", "Seconds to work at least", 1, 0, 120),
    ];

    /// <summary>From <c>[x, y, zoom, seconds]</c>; what is missing or null takes its default.</summary>
    public static PictureOrder Parse(GpuFunction function, JsonElement values)
    {
        if (values.ValueKind != JsonValueKind.Array || values.GetArrayLength() > All.Count)
        {
            throw new VisitorError(VisitorError.PlainTitle, $"Between 0 and {All.Count} inputs are expected, as an array");
        }

        var given = values.GetArrayLength();
        return Read(function, index => index < given ? values[index] : default);
    }

    /// <summary>From <c>{"x": …, "zoom": …}</c>.</summary>
    public static PictureOrder ParseNamed(GpuFunction function, JsonElement values) =>
        Read(function, index => values.TryGetProperty(All[index].Name, out var value) ? value : default);

    private static PictureOrder Read(GpuFunction function, Func<int, JsonElement> value)
    {
        double Number(int index) => Check(All[index], value(index));
        return new PictureOrder(function.Name, Number(0), Number(1), Number(2), Number(3));
    }

    private static double Check(PictureInput input, JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return input.Default;
        }

        if (value.ValueKind != JsonValueKind.Number || !double.IsFinite(value.GetDouble()))
        {
            throw new VisitorError(VisitorError.PlainTitle, $"{input.Label}: a number is expected");
        }

        var number = value.GetDouble();
        if (number < input.Least)
        {
            throw new VisitorError(VisitorError.PlainTitle, $"Value {number} is less than minimum value {input.Least}.");
        }

        return number <= input.Most
            ? number
            : throw new VisitorError(VisitorError.PlainTitle, $"Value {number} is greater than maximum value {input.Most}.");
    }
}
