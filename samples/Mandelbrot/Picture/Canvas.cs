namespace Stint.Samples.Mandelbrot.Picture;

/// <summary>
/// A picture of the Mandelbrot set that gets smoother with each pass: every pass samples each pixel once more at
/// another place inside it, and the picture is the mean of all passes.
/// </summary>
internal sealed class Canvas(double x, double y, double zoom)
{
    public const int Width = 768;
    public const int Height = 512;

    private const double WidthAtZoomOne = 3.6;
    private const double EscapeRadiusSquared = 65536;

    // Two threads at most: a guest on a shared machine.
    private static readonly int Threads = Math.Min(2, Environment.ProcessorCount);

    private readonly float[] _sums = new float[Width * Height * 3];

    public int Passes { get; private set; }

    public int Iterations { get; } = (int)Math.Min(3000, 180 + (50 * Math.Log2(Math.Max(1, zoom))));

    public void AddPass(CancellationToken stop)
    {
        // The R2 sequence: each prefix of it covers the pixel evenly.
        var shiftX = Fraction(0.5 + (Passes * 0.7548776662466927));
        var shiftY = Fraction(0.5 + (Passes * 0.5698402909980532));
        var options = new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Threads };
        Parallel.For(0, Height, options, row => AddRow(row, shiftX, shiftY));
        Passes++;
    }

    public byte[] ToPng()
    {
        var pixels = new byte[_sums.Length];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)(_sums[i] / Passes);
        }

        return PngWriter.Write(Width, Height, pixels);
    }

    private void AddRow(int row, double shiftX, double shiftY)
    {
        var step = WidthAtZoomOne / zoom / Width;
        var imaginary = y - ((row + shiftY - (Height / 2.0)) * step);
        for (var column = 0; column < Width; column++)
        {
            var real = x + ((column + shiftX - (Width / 2.0)) * step);
            var count = Escape(real, imaginary);
            if (count >= 0)
            {
                Palette.Add(count, _sums.AsSpan(((row * Width) + column) * 3, 3));
            }
        }
    }

    /// <summary>The smooth number of iterations until the point escapes, or -1 for a point of the set.</summary>
    private double Escape(double real, double imaginary)
    {
        if (IsInLargestParts(real, imaginary))
        {
            return -1;
        }

        double a = 0, b = 0, a2 = 0, b2 = 0;
        for (var i = 0; i < Iterations; i++)
        {
            b = (2 * a * b) + imaginary;
            a = a2 - b2 + real;
            a2 = a * a;
            b2 = b * b;
            if (a2 + b2 > EscapeRadiusSquared)
            {
                return Math.Max(0, i + 1 - Math.Log2(Math.Log2(a2 + b2) / 2));
            }
        }

        return -1;
    }

    /// <summary>The main cardioid and the disc to its left, where the iteration would be of no use.</summary>
    private static bool IsInLargestParts(double real, double imaginary)
    {
        var i2 = imaginary * imaginary;
        var q = ((real - 0.25) * (real - 0.25)) + i2;
        return q * (q + (real - 0.25)) <= 0.25 * i2 || ((real + 1) * (real + 1)) + i2 <= 0.0625;
    }

    private static double Fraction(double value) => value - Math.Floor(value);
}
