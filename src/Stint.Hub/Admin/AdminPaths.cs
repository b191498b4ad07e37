using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Layout;

namespace Stint.Hub.Admin;

/// <summary>Paths of the administration's pages.</summary>
internal static class AdminPaths
{
    public const string People = Links.Administration + "/people";
    public const string Plans = Links.Administration + "/plans";
    public const string Spaces = Links.Administration + "/spaces";
    public const string Refunds = Links.Administration + "/refunds";
    public const string Audit = Links.Administration + "/audit";
    public const string Alerts = Links.Administration + "/alerts";

    public static string Person(Account account) => $"{People}/{account.Name}";

    public static string Refund(ReservationId receipt) => $"{Refunds}?receipt={Uri.EscapeDataString(receipt.Value)}";
}
