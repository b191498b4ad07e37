namespace Stint.Hub.Replay.Charts;

/// <summary>The trade-off of admission: runs stopped against refusals that would have fitted, one curve a quota along the floor's level.</summary>
internal static class QuotaChart
{
    /// <summary>Levels of the floor along a curve, the hub's own among them.</summary>
    public static readonly IReadOnlyList<double> Levels = [0.2, 0.35, 0.5, Core.Leasing.Ask.FloorLevel, 0.66, 0.75, 0.85, 0.95];

    private const double Width = 900, Height = 480, Left = 64, Right = 600, Top = 56, Bottom = 410;

    /// <param name="figures">Every mode; those off the scale are told in words.</param>
    /// <param name="curve">The hub's own rule, each quota at each of <see cref="Levels"/>.</param>
    public static string Draw(IReadOnlyList<QuotaFigures> figures, IReadOnlyList<QuotaFigures> curve)
    {
        var svg = new Svg(Width, Height, "What a floor costs: runs stopped against refusals that would have fitted");
        var mostX = curve.Max(point => point.StoppedPercent) * 1.08;
        var mostY = curve.Max(point => point.WouldHaveFittedPercent) * 1.08;
        double X(double percent) => Left + (percent / mostX * (Right - Left));
        double Y(double percent) => Bottom - (percent / mostY * (Bottom - Top));
        svg.Text(Left, 28, "What a floor costs", style: "title");
        Axes(svg, mostX, mostY, X, Y);
        var quotas = curve.Select(point => point.Quota).Distinct().ToList();
        foreach (var (quota, i) in quotas.Select((quota, i) => (quota, i)))
        {
            var colour = Svg.Series[i % Svg.Series.Count];
            var points = curve.Where(point => point.Quota == quota).ToList();
            svg.Path(points.Select(point => (X(point.StoppedPercent), Y(point.WouldHaveFittedPercent))), "line " + colour);
            foreach (var (point, level) in points.Zip(Levels))
            {
                var ours = level == Core.Leasing.Ask.FloorLevel;
                svg.Dot(X(point.StoppedPercent), Y(point.WouldHaveFittedPercent), ours ? 7 : 4, (ours ? "dot " : "ring ") + colour,
                    $"level {level:0.##}: {point.StoppedPercent:0.00} % stopped, {point.WouldHaveFittedPercent:0.0} % would have fitted");
            }

            Legend(svg, quota, colour, 72 + (i * 116), figures);
        }

        return svg.ToString();
    }

    private static void Axes(Svg svg, double mostX, double mostY, Func<double, double> x, Func<double, double> y)
    {
        var (stepX, stepY) = (Svg.StepFor(mostX, 6), Svg.StepFor(mostY, 6));
        for (var value = 0.0; value <= mostY; value += stepY)
        {
            svg.Line(Left, y(value), Right, y(value), "grid");
            svg.Text(Left - 8, y(value) + 4, $"{value:0.##} %", "end", "soft");
        }

        for (var value = 0.0; value <= mostX; value += stepX)
        {
            svg.Line(x(value), Bottom, x(value), Bottom + 5, "axis");
            svg.Text(x(value), Bottom + 22, $"{value:0.##} %", "middle", "soft");
        }

        svg.Line(Left, Bottom, Right, Bottom, "axis");
        svg.Text((Left + Right) / 2, Bottom + 48, "requests whose run was stopped for lack of funds", "middle", "soft");
        svg.TextUp(16, (Top + Bottom) / 2, "refusals whose run would have fitted");
    }

    private static void Legend(Svg svg, int quota, string colour, double y, IReadOnlyList<QuotaFigures> figures)
    {
        svg.Dot(Right + 36, y - 4, 7, "dot " + colour, "the hub's own level");
        svg.Text(Right + 50, y, $"{quota} s of GPU time a window");
        foreach (var (row, i) in figures.Where(row => row.Quota == quota).Select((row, i) => (row, i)))
            svg.Text(Right + 50, y + 20 + (i * 18), $"{row.Mode.ToString().ToLowerInvariant()}: {row.WouldHaveFittedPercent:0.0} % fitted, {row.StoppedPercent:0.00} % stopped", style: "soft");
    }
}
