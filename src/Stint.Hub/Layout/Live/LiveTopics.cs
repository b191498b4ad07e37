namespace Stint.Hub.Layout.Live;

/// <summary>What an open page shows that may change under its reader's eyes. In addresses and messages: the words, lower case, with commas.</summary>
[Flags]
public enum LiveTopics
{
    None = 0,
    /// <summary>The visitor's own ledger: what is spent, held, ended or refused.</summary>
    Own = 1,
    /// <summary>The places of the visitor's tickets.</summary>
    Queue = 2,
    /// <summary>Spaces, their stages, accounts and plans: what operators set.</summary>
    Spaces = 4,
    /// <summary>Any slot, lease or ticket of the pool: for pages about all of it.</summary>
    Pool = 8,
}
