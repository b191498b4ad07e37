using System.Globalization;
using System.Security;
using System.Text;

namespace Stint.Hub.Replay.Charts;

/// <summary>A drawing as text. Its colours follow the reader's light or dark preference; coordinates are pixels from the top left.</summary>
internal sealed class Svg(double width, double height, string title)
{
    /// <summary>Colours told apart in both schemes and by people who tell few apart.</summary>
    public static readonly IReadOnlyList<string> Series = ["s0", "s1", "s2", "s3", "s4", "s5"];

    private const string Style = """
        :root { --paper: #ffffff; --ink: #1f2328; --faint: #d0d7de; --soft: #59636e; --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; --c3: #8250df; --c4: #9a6700; --c5: #bf3989 }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #0d1117; --ink: #e6edf3; --faint: #30363d; --soft: #9198a1; --c0: #4493f8; --c1: #f0883e; --c2: #3fb950; --c3: #ab7df8; --c4: #d29922; --c5: #db61a2 }
        }
        text { font: 13px system-ui, sans-serif; fill: var(--ink) } .soft { fill: var(--soft) } .title { font-size: 16px; font-weight: 600 }
        .paper { fill: var(--paper) } .grid { stroke: var(--faint) } .axis { stroke: var(--soft) } .line { fill: none; stroke-width: 2 }
        .s0 { --c: var(--c0) } .s1 { --c: var(--c1) } .s2 { --c: var(--c2) } .s3 { --c: var(--c3) } .s4 { --c: var(--c4) } .s5 { --c: var(--c5) }
        .fill { fill: var(--c) } .line { stroke: var(--c) } .dot { fill: var(--c); stroke: var(--paper); stroke-width: 2 } .ring { fill: var(--paper); stroke: var(--c); stroke-width: 2 }
        """;

    private readonly StringBuilder body = new();

    public void Text(double x, double y, string text, string anchor = "start", string style = "") =>
        body.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" class=\"{style}\">{SecurityElement.Escape(text)}</text>\n");

    /// <summary>Reads upwards.</summary>
    public void TextUp(double x, double y, string text) =>
        body.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate({x:0.#} {y:0.#}) rotate(-90)\" text-anchor=\"middle\" class=\"soft\">{SecurityElement.Escape(text)}</text>\n");

    public void Line(double x1, double y1, double x2, double y2, string style) =>
        body.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{style}\"/>\n");

    public void Path(IEnumerable<(double X, double Y)> points, string style, bool closed = false)
    {
        var steps = points.Select((point, i) => string.Create(CultureInfo.InvariantCulture, $"{(i == 0 ? 'M' : 'L')}{point.X:0.#} {point.Y:0.#}"));
        body.Append(CultureInfo.InvariantCulture, $"<path d=\"{string.Concat(steps)}{(closed ? "Z" : "")}\" class=\"{style}\"/>\n");
    }

    public void Box(double x, double y, double wide, double high, string style, double opacity = 1) =>
        body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{wide:0.##}\" height=\"{high:0.##}\" class=\"{style}\" fill-opacity=\"{opacity:0.##}\"/>\n");

    /// <param name="says">Shown where the pointer rests.</param>
    public void Dot(double x, double y, double radius, string style, string says) =>
        body.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"{radius:0.#}\" class=\"{style}\"><title>{SecurityElement.Escape(says)}</title></circle>\n");

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:0} {height:0}" width="{width:0}" height="{height:0}" role="img" aria-label="{SecurityElement.Escape(title)}">
        <title>{SecurityElement.Escape(title)}</title>
        <style>
        {Style}
        </style>
        <rect width="100%" height="100%" class="paper"/>
        {body}</svg>

        """);

    /// <summary>A step of 1, 2 or 5 times a power of ten, so that about so many steps reach <paramref name="most"/>.</summary>
    public static double StepFor(double most, int steps)
    {
        var rough = Math.Max(most, 1e-9) / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }
}
