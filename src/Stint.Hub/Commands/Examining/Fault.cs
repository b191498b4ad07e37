using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining;

/// <summary>Something that goes wrong in real hubs, and that the drill makes go wrong in a practice hub.</summary>
/// <param name="Name">What was planted, as an operator would say it.</param>
/// <param name="Finding">What the doctor should find first. The doctor is never told.</param>
/// <param name="Plant">Plants it, has the way examined, has a call refused where the fault refuses one, and heals it again.</param>
internal sealed record Fault(string Name, string Finding, Func<PracticeHub, Task<Planted>> Plant);

/// <summary>What came of a planted fault.</summary>
/// <param name="Told">What the page of a call that was refused for it said; null where it refuses none.</param>
/// <param name="NoRefusal">Why it refuses none; null where it refuses one.</param>
internal sealed record Planted(DoctorAnswer Answer, Told? Told, string? NoRefusal)
{
    public static async Task<Planted> WithoutRefusalAsync(Task<DoctorAnswer> answer, string why) => new(await answer.ConfigureAwait(false), null, why);
}
