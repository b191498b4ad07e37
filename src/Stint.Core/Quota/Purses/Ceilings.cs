using Stint.Core.Spaces;

namespace Stint.Core.Quota.Purses;

/// <summary>What a person set for oneself: how much may be used in a window beyond the allowance, and at single Spaces.</summary>
/// <param name="Beyond">Nothing until it is set: no credit is touched before its holder said how much.</param>
/// <param name="Spaces">The Spaces that have one.</param>
public sealed record Ceilings(GpuTime Beyond, IReadOnlyList<SpaceCeiling> Spaces)
{
    /// <summary>Spaces one may set a ceiling for.</summary>
    public const int MostSpaces = 200;

    public static readonly Ceilings None = new(GpuTime.Zero, []);

    public GpuTime? Of(SpaceId space)
    {
        foreach (var ceiling in Spaces)
            if (ceiling.Space == space) return ceiling.Limit;
        return null;
    }

    /// <param name="space">Null for all credits together.</param>
    /// <param name="limit">Null takes the ceiling away again.</param>
    public Ceilings With(SpaceId? space, GpuTime? limit)
    {
        var others = Spaces.Where(ceiling => ceiling.Space != space);
        var set = space is not { } id
            ? this with { Beyond = limit ?? GpuTime.Zero }
            : this with { Spaces = [.. (limit is { } most ? others.Append(new(id, most)) : others).OrderBy(ceiling => ceiling.Space.ToString(), StringComparer.Ordinal)] };
        // Whoever took away the last one stands as if none had ever been set, in memory as in a store.
        return set.Spaces.Count == 0 && set.Beyond == GpuTime.Zero ? None : set;
    }
}

/// <summary>The most that one may use at one Space in 24 h.</summary>
public sealed record SpaceCeiling(SpaceId Space, GpuTime Limit);
