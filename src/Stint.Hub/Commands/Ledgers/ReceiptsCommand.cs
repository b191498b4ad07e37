using System.CommandLine;
using Stint.Hub.Billing;
using Stint.Hub.Commands.Purses;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Ledgers;

/// <summary><c>stint receipts</c>: what runs cost, the last to end first.</summary>
internal static class ReceiptsCommand
{
    public static Command Create(Shell shell)
    {
        var (account, limit) = (Whose.Option(), Whose.Limit());
        var csv = new Option<bool>("--csv") { Description = "Prints comma-separated values, exact to the millisecond." };
        var command = shell.Noun("receipts", "Lists what runs cost and why.");
        command.Add(account);
        command.Add(limit);
        command.Add(csv);
        command.Add(RefundCommand.Create(shell));
        return shell.Verb(command, call => Whose.Run(call, call.Get(account), identity =>
        {
            var receipts = call.Hub.Reads.Receipts(identity, call.Get(limit));
            if (call.Get(csv))
            {
                call.Terminal.Line(ReceiptTable.Write(receipts.Select(ReceiptAnswer.Of)).TrimEnd());
                return 0;
            }

            return call.Terminal.Table(
                receipts,
                ReceiptAnswer.Of,
                ("ended", receipt => Amounts.Of(receipt.EndedAt)),
                ("payer", receipt => Whose.NameOf(call, receipt.Identity)),
                ("space", receipt => $"{receipt.Function.Space}{receipt.Function.Endpoint}"),
                ("outcome", QuotaTexts.Outcome),
                ("declared", receipt => Amounts.Of(receipt.Declared)),
                ("held", receipt => Amounts.Of(receipt.Floor)),
                ("waited", receipt => Amounts.Of(receipt.Wait)),
                ("charge", QuotaTexts.ChargeLine),
                ("id", receipt => receipt.Id.Value));
        }));
    }
}
