using Stint.Core.Leasing;

namespace Stint.Core.Spaces;

/// <summary>
/// A GPU function as estimates know it: the Gradio endpoint the identity token was issued for, the GPU size and the
/// declared duration. (The wire's <c>taskId</c> changes at every restart and tells only warm workers apart.)
/// </summary>
/// <param name="Endpoint">Empty where the token names none.</param>
/// <param name="DeclaredMilliseconds">The declared duration; what the wire left out counts as <see cref="DeclaredByDefault"/>.</param>
public sealed record FunctionKey(SpaceId Space, string Endpoint, SlotSize Size, long DeclaredMilliseconds)
{
    /// <summary>Stands for all functions together; no request names it, for nothing declares no time at all.</summary>
    public static readonly FunctionKey Everything = new(new("-", "-"), "", SlotSize.Large, 0);

    /// <summary>What a function that declares no duration is taken to declare.</summary>
    public static readonly TimeSpan DeclaredByDefault = TimeSpan.FromSeconds(60);

    /// <summary>One text for one function: a Space's name holds no colon, so no endpoint can pass for a part of it.</summary>
    public override string ToString() => $"{Space}:{Endpoint}#{Size}/{DeclaredMilliseconds}";
}
