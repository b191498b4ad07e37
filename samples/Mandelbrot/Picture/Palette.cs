namespace Stint.Samples.Mandelbrot.Picture;

/// <summary>A closed ring of colours; a smooth iteration count picks one.</summary>
internal static class Palette
{
    private const int Size = 2048;

    private static readonly (double At, double Red, double Green, double Blue)[] Stops =
    [
        (0.0, 9, 10, 60), (0.16, 32, 107, 203), (0.42, 237, 252, 255), (0.64, 255, 170, 0), (0.86, 60, 6, 34), (1.0, 9, 10, 60),
    ];

    private static readonly float[] Ring = Build();

    /// <summary>Adds the colour of one sample to three consecutive sums.</summary>
    public static void Add(double smoothIterations, Span<float> sums)
    {
        // The square root spreads the colours: near the set the counts rise steeply.
        var turns = Math.Sqrt(smoothIterations) * 0.085;
        var index = (int)((turns - Math.Floor(turns)) * Size) % Size * 3;
        sums[0] += Ring[index];
        sums[1] += Ring[index + 1];
        sums[2] += Ring[index + 2];
    }

    private static float[] Build()
    {
        var ring = new float[Size * 3];
        var stop = 0;
        for (var i = 0; i < Size; i++)
        {
            var at = (double)i / Size;
            while (Stops[stop + 1].At <= at)
            {
                stop++;
            }

            var (from, to) = (Stops[stop], Stops[stop + 1]);
            var share = (at - from.At) / (to.At - from.At);
            share = share * share * (3 - (2 * share));
            ring[i * 3] = (float)(from.Red + ((to.Red - from.Red) * share));
            ring[(i * 3) + 1] = (float)(from.Green + ((to.Green - from.Green) * share));
            ring[(i * 3) + 2] = (float)(from.Blue + ((to.Blue - from.Blue) * share));
        }

        return ring;
    }
}
