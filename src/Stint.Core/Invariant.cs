using System.Diagnostics.CodeAnalysis;

namespace Stint.Core;

/// <summary>
/// What must hold whatever the world does. A broken one is a programmer's error and stops the process, in release
/// builds too: a restart and a replay are better than a wrong bill.
/// </summary>
public static class Invariant
{
    /// <exception cref="InvariantBrokenException">When <paramref name="condition"/> is false.</exception>
    public static void Holds([DoesNotReturnIf(false)] bool condition, string says)
    {
        if (!condition) throw new InvariantBrokenException(says);
    }
}

/// <summary>An <see cref="Invariant"/> did not hold. Nothing may catch it to go on.</summary>
public sealed class InvariantBrokenException : Exception
{
    public InvariantBrokenException() { }
    public InvariantBrokenException(string says) : base("Invariant broken: " + says) { }
    public InvariantBrokenException(string says, Exception inner) : base("Invariant broken: " + says, inner) { }
}
