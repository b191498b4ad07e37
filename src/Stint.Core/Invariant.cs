using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

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

    /// <summary>The same, with a sentence that is put together only when it is needed.</summary>
    /// <exception cref="InvariantBrokenException">When <paramref name="condition"/> is false.</exception>
    public static void Holds([DoesNotReturnIf(false)] bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref BrokenSentence says)
    {
        if (!condition) throw new InvariantBrokenException(says.ToStringAndClear());
    }
}

/// <summary>Says what was broken; empty, and made of nothing, while all is well. For the compiler.</summary>
[InterpolatedStringHandler]
public ref struct BrokenSentence
{
    private DefaultInterpolatedStringHandler text;

    public BrokenSentence(int literalLength, int formattedCount, bool condition, out bool isNeeded)
    {
        isNeeded = !condition;
        text = isNeeded ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string literal) => text.AppendLiteral(literal);
    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);
    public string ToStringAndClear() => text.ToStringAndClear();
}

/// <summary>An <see cref="Invariant"/> did not hold. Nothing may catch it to go on.</summary>
public sealed class InvariantBrokenException : Exception
{
    public InvariantBrokenException() { }
    public InvariantBrokenException(string says) : base("Invariant broken: " + says) { }
    public InvariantBrokenException(string says, Exception inner) : base("Invariant broken: " + says, inner) { }
}
