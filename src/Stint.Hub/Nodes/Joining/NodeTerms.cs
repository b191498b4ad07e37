namespace Stint.Hub.Nodes.Joining;

/// <summary>What the hub expects of nodes.</summary>
/// <param name="LostAfter">A node of which nothing was heard for so long is lost.</param>
/// <param name="Grace">Between SIGTERM and SIGKILL; and for so long after its deadline a lease of a lost node is left to its report.</param>
public sealed record NodeTerms(TimeSpan LostAfter, TimeSpan Grace)
{
    /// <summary>What a node goes by until its hub has told it the grace; nothing runs there before that.</summary>
    public static readonly TimeSpan GraceBeforeWelcome = TimeSpan.FromSeconds(2);

    /// <summary>A beat without news is answered after this; the node sends the next one at once.</summary>
    public TimeSpan BeatHeldFor => TimeSpan.FromMilliseconds(Math.Min(1000, LostAfter.TotalMilliseconds / 3));
}
