namespace Stint.Core.Quota.Purses;

/// <summary>The credits of one ledger, in the order in which they pay: boosts before credits, of each kind the one that ends first.</summary>
public sealed class Credits
{
    /// <summary>Credits one ledger may have that can still pay; those that are over are forgotten in time.</summary>
    public const int MostUsable = 100;

    /// <summary>How long a credit that is over is still shown with what became of it.</summary>
    public static readonly TimeSpan ShownFor = TimeSpan.FromDays(30);

    private readonly List<Credit> credits = [];

    public IReadOnlyList<Credit> InOrder => credits;

    public int UsableAt(Instant now) => credits.Count(credit => credit.IsUsableAt(now));

    public Credit? Find(CreditId id) => credits.Find(credit => credit.Id == id);

    public void Grant(Credit credit)
    {
        // Nothing is written only because time passed; so what is long over goes when something new comes.
        credits.RemoveAll(old => old.Held == GpuTime.Zero && old.ExpiresAt + ShownFor < credit.GrantedAt);
        credits.Add(credit);
        credits.Sort(Order);
    }

    public void Withdraw(CreditId id) => Change(id, credit => credit with { Withdrawn = true });

    public void Hold(CreditId id, GpuTime amount) => Change(id, credit => credit with { Held = credit.Held + amount });

    /// <summary>Gives back what a reservation held and takes what of it was charged.</summary>
    public void Settle(CreditId id, GpuTime held, GpuTime charged)
    {
        Invariant.Holds(charged <= held, $"credit {id} pays {charged} of {held} that were held of it");
        Change(id, credit => credit with { Held = credit.Held - held, Spent = credit.Spent + charged });
    }

    public void Refund(CreditId id, GpuTime amount) => Change(id, credit => credit with { Spent = credit.Spent - amount });

    public static Credits Restore(IEnumerable<Credit> kept)
    {
        var restored = new Credits();
        restored.credits.AddRange(kept);
        restored.credits.Sort(Order);
        return restored;
    }

    private void Change(CreditId id, Func<Credit, Credit> change)
    {
        var at = credits.FindIndex(credit => credit.Id == id);
        Invariant.Holds(at >= 0, $"a credit that is held or was charged is still known, {id} is not");
        credits[at] = change(credits[at]);
        Invariant.Holds(credits[at].Spent + credits[at].Held <= credits[at].Amount, $"credit {id} is spent and held past its amount");
    }

    private static int Order(Credit a, Credit b) =>
        (a.Kind, a.ExpiresAt, a.GrantedAt, a.Id.Value, 0).CompareTo((b.Kind, b.ExpiresAt, b.GrantedAt, b.Id.Value, 0));
}
