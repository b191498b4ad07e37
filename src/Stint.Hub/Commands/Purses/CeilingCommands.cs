using System.CommandLine;
using Stint.Core.Identities;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Commands.Ledgers;
using Stint.Hub.Engine;
using Stint.Hub.Store.Ledgers;

namespace Stint.Hub.Commands.Purses;

/// <summary><c>stint ceiling</c>: what an account allows itself beyond its allowance, and at single Spaces.</summary>
internal static class CeilingCommands
{
    private const string Off = "off";

    public static Command Create(Shell shell) => shell.Noun("ceiling", "Shows and sets what an account allows itself beyond its allowance, and at single Spaces.", List(shell), Set(shell));

    private static Argument<string> Whom() => new("ACCOUNT") { Description = "The user name." };

    private static Command List(Shell shell)
    {
        var account = Whom();
        return shell.Verb(new Command("list", "Shows an account's ceilings.") { account }, call =>
        {
            if (Whose.Of(call, call.Get(account)) is not { } one) return call.Terminal.Refuse(AccountCommands.Unknown(call.Get(account)));
            var answer = CeilingsAnswer.Of(QuotaSnapshot.Take(call.Hub.Reads, call.Hub.Catalogue, IdentityId.Of(one.Id), call.Hub.LedgerNow));
            return call.Terminal.Say(answer,
            [
                $"beyond the allowance: {answer.BeyondSeconds:0.###} s in a window, {answer.BeyondUsedSeconds:0.###} s of it used",
                .. answer.Spaces.Select(space => $"{space.Space}: {space.LimitSeconds:0.###} s in 24 h"),
                answer.Rule,
            ]);
        });
    }

    private static Command Set(Shell shell)
    {
        var account = Whom();
        var limit = new Argument<string>("LIMIT") { Description = $"GPU time in 24 h, as in 5m; '{Off}' takes the ceiling away." };
        limit.Validators.Add(result =>
        {
            if (result.Tokens[0].Value is not Off && !SpanText.TryParse(result.Tokens[0].Value, out _)) result.AddError($"'{result.Tokens[0].Value}' is no span of time: {SpanText.Rule}; or '{Off}'");
        });
        var space = new Option<string?>("--space") { Description = "At this Space only; without it, for all use beyond the allowance.", HelpName = "OWNER/NAME" };
        return shell.Verb(new Command("set", "Sets a ceiling. Without one, nothing beyond the allowance is touched but boosts.") { account, limit, space }, async (call, stopping) =>
        {
            if (Whose.Of(call, call.Get(account)) is not { } one) return call.Terminal.Refuse(AccountCommands.Unknown(call.Get(account)));
            SpaceId? at = null;
            if (call.Get(space) is { } text)
            {
                if (SpaceCommands.Find(call, text) is not { } known) return call.Terminal.Refuse(SpaceCommands.Unknown(text));
                at = known.Id;
            }

            var most = SpanText.TryParse(call.Get(limit), out var span) ? new GpuTime((long)span.TotalMilliseconds) : (GpuTime?)null;
            var (where, what) = (at is null ? "beyond the allowance" : $"at {at}", most is { } time ? $"at most {time}" : "no ceiling");
            return await Given.Async(call, NewId.OfInstruction(), new SetCeiling(IdentityId.Of(one.Id), at, most), $"{one.Name} has {what} {where} in 24 h.", stopping);
        });
    }
}
