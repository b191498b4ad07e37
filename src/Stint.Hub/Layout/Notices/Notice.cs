using Stint.Core.Identities;

namespace Stint.Hub.Layout.Notices;

/// <summary>Something every page tells whoever is signed in, until it is over or taken away.</summary>
/// <param name="Key">What it is taken away by.</param>
/// <param name="Leads">The local path of the page that says more.</param>
public sealed record Notice(string Key, string Text, string Leads);

/// <summary>What there is to tell an account now. Registered by whoever knows; without it pages tell nothing.</summary>
public delegate IReadOnlyList<Notice> NoticesOf(Account account);
