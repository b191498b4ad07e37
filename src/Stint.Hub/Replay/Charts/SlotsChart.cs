namespace Stint.Hub.Replay.Charts;

/// <summary>Slots over time: how busy each was, and below how many tasks waited. One panel a load.</summary>
internal static class SlotsChart
{
    private const double Width = 1000, Left = 64, Right = 980, RowsTop = 44, WaitingHeight = 110, Below = 64;
    private const int Bins = 458;
    private const double BinWidth = (Right - Left) / Bins;

    public static string Draw(IReadOnlyList<(QueueFigures Figures, Workload Workload)> panels, int slots)
    {
        var row = Math.Clamp(200.0 / slots, 3, 24);
        var panel = RowsTop + (slots * row) + WaitingHeight + Below;
        var svg = new Svg(Width, panel * panels.Count, "Slots over time");
        foreach (var ((figures, workload), i) in panels.Select((panel, i) => (panel, i))) Panel(svg, figures, workload, i * panel, row);
        return svg.ToString();
    }

    private static void Panel(Svg svg, QueueFigures figures, Workload workload, double top, double row)
    {
        var (from, to) = (workload.Courses[0].ArrivedAt, workload.Courses.Max(course => course.Ending!.At));
        var perBin = Math.Max(1, (to - from).TotalSeconds / Bins);
        double At(Core.Quota.Instant moment) => (moment - from).TotalSeconds / perBin;
        svg.Text(Left, top + 26, $"{figures.Policy.ToString().ToLowerInvariant()}, load {figures.Load:0.##}, {figures.Slots} slots: "
            + $"{100 * figures.Utilisation:0.0} % used, longest wait {figures.MaxWaitSeconds / 60:0} min", style: "title");
        var rows = top + RowsTop;
        foreach (var (slot, i) in workload.Courses.GroupBy(course => course.Lease!.Slot).OrderBy(slot => slot.Key).Select((slot, i) => (slot, i)))
        {
            var y = rows + (i * row);
            if (row >= 12) svg.Text(Left - 8, y + (row / 2) + 4, $"slot {i + 1}", "end", "soft");
            svg.Box(Left, y + 1, Right - Left, row - 2, "grid s0", 0.04);
            Busy(svg, Covered(slot.Select(run => (At(run.Lease!.GrantedAt), At(run.Ending!.At)))), y + 1, row - 2);
        }

        var floor = rows + (figures.Slots * row) + WaitingHeight;
        Waiting(svg, Covered(workload.Courses.Select(course => (At(course.ArrivedAt), At(course.Lease!.GrantedAt)))), floor);
        Hours(svg, (to - from).TotalHours, floor);
    }

    /// <summary>How much of each bin the spans cover together; more than 1 where they overlap.</summary>
    private static double[] Covered(IEnumerable<(double From, double To)> spans)
    {
        var bins = new double[Bins];
        foreach (var (from, to) in spans)
            for (var bin = (int)from; bin < Bins && bin < to; bin++)
                bins[bin] += Math.Min(to, bin + 1) - Math.Max(from, bin);
        return bins;
    }

    /// <summary>One box for as many bins as are equally busy, in fifths.</summary>
    private static void Busy(Svg svg, double[] busy, double y, double high)
    {
        for (var (start, bin) = (0, 1); bin <= Bins; bin++)
        {
            if (bin < Bins && Shade(busy[bin]) == Shade(busy[start])) continue;
            if (Shade(busy[start]) > 0) svg.Box(Left + (start * BinWidth), y, (bin - start) * BinWidth, high, "fill s0", Shade(busy[start]) / 5.0);
            start = bin;
        }

        static int Shade(double share) => (int)Math.Ceiling(Math.Min(1, share) * 5 - 0.01);
    }

    private static void Waiting(Svg svg, double[] waiting, double floor)
    {
        var most = Math.Max(1, waiting.Max());
        var step = Svg.StepFor(most, 3);
        double Y(double count) => floor - (count / most * (WaitingHeight - 24));
        for (var count = 0.0; count <= most; count += step)
        {
            svg.Line(Left, Y(count), Right, Y(count), "grid");
            svg.Text(Left - 8, Y(count) + 4, $"{count:0.#}", "end", "soft");
        }

        var steps = waiting.SelectMany((count, bin) => new[] { (Left + (bin * BinWidth), Y(count)), (Left + ((bin + 1) * BinWidth), Y(count)) });
        svg.Path([(Left, floor), .. steps, (Right, floor)], "fill s1", closed: true);
        svg.TextUp(16, floor - (WaitingHeight / 2) + 12, "waiting");
    }

    private static void Hours(Svg svg, double hours, double floor)
    {
        var (span, unit) = hours switch { > 72 => (hours / 24, "d"), < 2 => (hours * 60, "min"), _ => (hours, "h") };
        var step = Svg.StepFor(span, 10);
        for (var value = 0.0; value <= span; value += step)
        {
            var x = Left + (value / Math.Max(span, 1e-9) * (Right - Left));
            svg.Line(x, floor, x, floor + 5, "axis");
            svg.Text(x, floor + 22, $"{value:0.##} {unit}", "middle", "soft");
        }

        svg.Line(Left, floor, Right, floor, "axis");
    }
}
