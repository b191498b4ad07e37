using System.Diagnostics;
using System.Globalization;

namespace Stint.Samples.Mandelbrot.Picture;

/// <summary>The two GPU functions themselves. They run wherever the app has put them: here, or in a worker.</summary>
internal static class Painter
{
    /// <summary>After so many passes nobody sees a difference; what is left of the asked time is waited out.</summary>
    private const int UsefulPasses = 12;

    private const int ZoomFrames = 8;
    private const double ZoomStep = 1.4;

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(0.25);

    public static async Task Paint(PictureOrder order, string where, Action<Update> tell, CancellationToken stop)
    {
        if (!(order.Zoom > 0))
        {
            throw new VisitorError(VisitorError.PlainTitle, "Zoom must be above zero");
        }

        if (order.Function == GpuFunction.Zoom.Name)
        {
            await Zoom(order, where, tell, stop);
        }
        else
        {
            await Render(order, where, tell, stop);
        }
    }

    private static async Task Render(PictureOrder order, string where, Action<Update> tell, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var canvas = new Canvas(order.X, order.Y, order.Zoom);
        var end = TimeSpan.FromSeconds(order.Seconds);
        var (passTime, told) = (TimeSpan.Zero, TimeSpan.Zero);
        do
        {
            var begin = clock.Elapsed;
            canvas.AddPass(stop);
            passTime = clock.Elapsed - begin;
            if (clock.Elapsed - told > ProgressEvery)
            {
                told = clock.Elapsed;
                tell(new Progress(Share(told, end), $"Pass {canvas.Passes} of {UsefulPasses}"));
            }
        }
        while (clock.Elapsed + passTime < end && canvas.Passes < UsefulPasses);

        for (TimeSpan left; (left = end - clock.Elapsed) > TimeSpan.Zero;)
        {
            tell(new Progress(Share(clock.Elapsed, end), "Drawn; working on until the asked time has passed"));
            await Pause(left < ProgressEvery ? left : ProgressEvery, stop);
        }

        var seconds = clock.Elapsed.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        var passes = canvas.Passes == 1 ? "1 pass" : $"{canvas.Passes} passes";
        tell(new Frame(canvas.ToPng(), $"{passes} of up to {canvas.Iterations} iterations in {seconds} s on {where}"));
    }

    private static async Task Zoom(PictureOrder order, string where, Action<Update> tell, CancellationToken stop)
    {
        var clock = Stopwatch.StartNew();
        var zoom = order.Zoom;
        for (var number = 1; number <= ZoomFrames; number++)
        {
            zoom *= ZoomStep;
            var canvas = new Canvas(order.X, order.Y, zoom);
            canvas.AddPass(stop);
            var text = $"Frame {number} of {ZoomFrames} at zoom {zoom.ToString("G4", CultureInfo.InvariantCulture)} on {where}";
            tell(new Frame(canvas.ToPng(), text));

            await Pause(TimeSpan.FromSeconds(order.Seconds * number / ZoomFrames) - clock.Elapsed, stop);
        }
    }

    /// <summary>Rounded up to whole milliseconds; a negative time is none, where <see cref="Task.Delay(TimeSpan)"/> may wait for ever.</summary>
    private static Task Pause(TimeSpan time, CancellationToken stop) =>
        Task.Delay(Math.Max(0, (int)Math.Ceiling(time.TotalMilliseconds)), stop);

    private static double Share(TimeSpan passed, TimeSpan whole) => whole <= passed ? 1 : passed / whole;
}
