using System.CommandLine;
using Stint.Core.Quota;
using Stint.Hub.Billing;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Ledgers;

/// <summary><c>stint refusals</c>: what was refused, the latest first; with an id, one of them with every reason.</summary>
internal static class RefusalsCommand
{
    public static Command Create(Shell shell)
    {
        var id = new Argument<string?>("ID") { Description = "A refusal to show with every reason.", Arity = ArgumentArity.ZeroOrOne };
        var (account, limit) = (Whose.Option(), Whose.Limit());
        var command = shell.Noun("refusals", "Lists what was refused and why.");
        command.Add(id);
        command.Add(account);
        command.Add(limit);
        return shell.Verb(command, call => call.Parsed.GetValue(id) is { } asked
            ? Show(call, asked)
            : Whose.Run(call, call.Get(account), identity => call.Terminal.Table(
                call.Hub.Reads.Refusals(identity, call.Get(limit)),
                RefusalAnswer.Of,
                ("at", refusal => Amounts.Of(refusal.At)),
                ("payer", refusal => Whose.NameOf(call, refusal.Identity)),
                ("space", refusal => $"{refusal.Function.Space}{refusal.Function.Endpoint}"),
                ("causes", refusal => string.Join(" ", refusal.Reasons.Select(reason => RefusalTexts.Code(reason.Cause)))),
                ("required", refusal => Amount(refusal.Main.Required)),
                ("left", refusal => Amount(refusal.Main.Left)),
                ("id", refusal => refusal.Id.Value))));
    }

    private static int Show(Call call, string id)
    {
        if (call.Hub.Reads.Refusal(new RefusalId(id)) is not { } refusal)
            return call.Terminal.Refuse($"there is no refusal '{id}'; see: stint refusals");
        return call.Terminal.Say(RefusalAnswer.Of(refusal),
        [
            $"{Amounts.Of(refusal.At)}  {Whose.NameOf(call, refusal.Identity)}  {refusal.Function.Space}{refusal.Function.Endpoint}",
            .. refusal.Reasons.SelectMany(reason => new[]
            {
                $"{RefusalTexts.Code(reason.Cause)}: {RefusalTexts.Sentence(reason, refusal.Function, refusal.Declared, refusal.Reading)}",
                $"  {RefusalTexts.Advice(reason, refusal.Identity)}",
            }),
        ]);
    }

    private static string Amount(GpuTime? time) => time is { } known ? Amounts.Of(known) : "";
}
