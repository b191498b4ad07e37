using Stint.Core.Quota;

namespace Stint.Hub.Billing.Usage;

/// <summary>A refusal as it was decided, and what the same request would be told now.</summary>
/// <param name="Account">The name of the account it counted; null where it counted none, or that is gone.</param>
/// <param name="Now">Null where nobody was recognised, or the Space is gone: then there is nothing to ask for.</param>
/// <param name="OffersSignIn">True where signing in would have counted somebody else.</param>
public sealed record RefusalView(Refusal Refusal, string? Account, QuoteAnswer? Now, bool OffersSignIn);
