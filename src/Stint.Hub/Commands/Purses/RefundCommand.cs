using System.CommandLine;
using Stint.Core.Leasing.Instructions;
using Stint.Core.Quota;
using Stint.Hub.Engine;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Purses;

/// <summary><c>stint receipts refund</c>: gives back what a run was charged.</summary>
internal static class RefundCommand
{
    public static Command Create(Shell shell)
    {
        var id = new Argument<string>("ID") { Description = "The receipt." };
        var reason = new Option<string>("--reason") { Description = "What was at fault; stands on the receipt.", HelpName = "TEXT", Required = true };
        var approver = new Option<string>("--approver") { Description = "Who attests it.", HelpName = "NAME", DefaultValueFactory = _ => $"command line ({Environment.UserName})" };
        return shell.Verb(new Command("refund", "Gives back all that a run was charged, for a fault of the house. Once.") { id, reason, approver }, async (call, stopping) =>
        {
            if (call.Hub.Reads.Receipt(new ReservationId(call.Get(id))) is not { } receipt) return call.Terminal.Refuse(PurseTexts.Problem(InstructionOutcome.ReceiptUnknown)!);
            return await Given.Async(
                call, NewId.OfInstruction(), new RefundCharge(receipt.Identity, receipt.Id, call.Get(reason), call.Get(approver)), $"{Amounts.Of(receipt.Charged)} came back.", stopping);
        });
    }
}
