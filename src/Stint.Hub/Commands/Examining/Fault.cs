using Stint.Hub.Commands.Examining.Practice;
using Stint.Hub.Doctor;

namespace Stint.Hub.Commands.Examining;

/// <summary>Something that goes wrong in real hubs, and that the drill makes go wrong in a practice hub.</summary>
/// <param name="Name">What was planted, as an operator would say it.</param>
/// <param name="Finding">What the doctor should find first. The doctor is never told.</param>
/// <param name="Plant">Plants it, has the way examined, and heals it again.</param>
internal sealed record Fault(string Name, string Finding, Func<PracticeHub, Task<DoctorAnswer>> Plant);
