namespace Stint.Samples.Mandelbrot;

/// <summary>A failure whose title and text are meant for the visitor, as <c>gr.Error</c> is in Python.</summary>
internal sealed class VisitorError(string title, string message) : Exception(message)
{
    public const string PlainTitle = "Error";

    public string Title { get; } = title;
}
