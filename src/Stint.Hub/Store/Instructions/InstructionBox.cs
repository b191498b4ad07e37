using System.Collections.Immutable;
using Dapper;
using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;

namespace Stint.Hub.Store.Instructions;

public enum KeepOutcome
{
    Kept,
    /// <summary>The same was given under this id before; what it came to stands there.</summary>
    AlreadyKept,
    /// <summary>Something else was given under this id before.</summary>
    OtherContent,
}

/// <summary>An instruction as it is kept.</summary>
/// <param name="Outcome">Null while no hub has decided it.</param>
public sealed record KeptInstruction(string Id, Instant At, Instruction Instruction, InstructionOutcome? Outcome, Instant? DecidedAt);

/// <summary>
/// Where instructions wait for the hub's engine: the command line and the API put them here, whether a hub runs or not, and the
/// hub decides each once. An id is used for one instruction only.
/// </summary>
public sealed class InstructionBox(Catalogue catalogue)
{
    private const string Columns = "id, at, body, outcome, decided_at AS decidedAt";
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(20);

    /// <summary>Called when something was kept by this process.</summary>
    public event Action? Kept;

    /// <param name="same">What counts as the same content, where a repeated one may differ in a moment that is reckoned from now; null for everything.</param>
    public KeepOutcome Keep(string id, Instruction instruction, Instant now, Func<Instruction, Instruction>? same = null)
    {
        var outcome = catalogue.Write(
            writer =>
            {
                if (writer.QuerySingleOrDefault<string>("SELECT body FROM instructions WHERE id = @id", new { id }) is { } body)
                    return Compared(Json.Read<Instruction>(body)) == Compared(instruction) ? KeepOutcome.AlreadyKept : KeepOutcome.OtherContent;
                writer.Execute(
                    "INSERT INTO instructions (id, at, identity, body) VALUES (@id, @at, @identity, @body)",
                    new { id, at = now.UnixMilliseconds, identity = instruction.Identity.Value, body = Json.Write(instruction) });
                return KeepOutcome.Kept;
            },
            outcome => outcome == KeepOutcome.Kept);
        if (outcome == KeepOutcome.Kept) Kept?.Invoke();
        return outcome;

        Instruction Compared(Instruction one) => same is null ? one : same(one);
    }

    /// <summary>Keeps an instruction and waits until a hub has decided it; null where none did in time, and it stays kept.</summary>
    /// <param name="same">As for <see cref="Keep"/>.</param>
    public async Task<InstructionOutcome?> GiveAsync(string id, Instruction instruction, Instant now, TimeSpan atMost, CancellationToken stopping, Func<Instruction, Instruction>? same = null) =>
        Keep(id, instruction, now, same) == KeepOutcome.OtherContent ? InstructionOutcome.AlreadyDoneWithOtherContent : await DecisionAsync(id, atMost, stopping).ConfigureAwait(false);

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<KeptInstruction> Undecided(int limit) => Read("outcome IS NULL ORDER BY at, id LIMIT @limit", new { limit });

    /// <summary>Everyone whose ledger somebody asked something of, or that holds anything beside an allowance.</summary>
    public IReadOnlyList<IdentityId> Holders()
    {
        using var reader = catalogue.OpenReader();
        return [.. reader.Query<string>("SELECT identity FROM instructions UNION SELECT identity FROM ledgers WHERE rest IS NOT NULL AND identity NOT LIKE 'cap:%' ORDER BY identity").Select(identity => new IdentityId(identity))];
    }

    public KeptInstruction? Find(string id) => Read("id = @id", new { id }).SingleOrDefault();

    /// <summary>Keeps what an instruction came to. To be called after the engine's commit; deciding one twice is harmless.</summary>
    public void KeepDecision(string id, InstructionOutcome outcome, Instant now) => catalogue.Write(
        writer => writer.Execute(
            "UPDATE instructions SET outcome = @outcome, decided_at = @at WHERE id = @id AND outcome IS NULL", new { id, outcome = outcome.ToString(), at = now.UnixMilliseconds }),
        _ => true);

    /// <summary>Waits until a hub has decided it; null where none did in time.</summary>
    public async Task<InstructionOutcome?> DecisionAsync(string id, TimeSpan atMost, CancellationToken stopping)
    {
        for (var waited = TimeSpan.Zero; ; waited += LookAgainAfter)
        {
            if (Find(id)?.Outcome is { } outcome) return outcome;
            if (waited >= atMost) return null;
            await Task.Delay(LookAgainAfter, stopping).ConfigureAwait(false);
        }
    }

    /// <param name="rest">Constant text of ours: what follows WHERE.</param>
    private ImmutableArray<KeptInstruction> Read(string rest, object parameters)
    {
        using var reader = catalogue.OpenReader();
        return
        [
            .. reader.Query<Row>($"SELECT {Columns} FROM instructions WHERE {rest}", parameters).Select(row => new KeptInstruction(
                row.Id, new(row.At), Json.Read<Instruction>(row.Body),
                row.Outcome is { } outcome ? Enum.Parse<InstructionOutcome>(outcome) : null, row.DecidedAt is { } at ? new Instant(at) : null)),
        ];
    }

    private sealed record Row(string Id, long At, string Body, string? Outcome, long? DecidedAt);
}
