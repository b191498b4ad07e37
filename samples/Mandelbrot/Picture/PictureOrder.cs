namespace Stint.Samples.Mandelbrot.Picture;

/// <summary>What to draw: the centre, the magnification, and for how long to work at least.</summary>
internal sealed record PictureOrder(string Function, double X, double Y, double Zoom, double Seconds);
