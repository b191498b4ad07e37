namespace Stint.Prove.Faults;

/// <summary>What befalls the next commit of a <see cref="MemoryLedgerStore"/>; the one after it is well again.</summary>
public enum Mishap
{
    None,
    /// <summary>The write fails: nothing is kept and the writer is told so.</summary>
    Fails,
    /// <summary>Another writer was there first: nothing is kept.</summary>
    Conflicts,
    /// <summary>The hub dies before anything is kept.</summary>
    CrashesBefore,
    /// <summary>The hub dies when all of it is kept, before anybody learns so.</summary>
    CrashesAfter,
}

/// <summary>The hub died in the middle of a commit: whoever holds state in memory must drop it and start again from the store.</summary>
public sealed class CrashException : Exception
{
    public CrashException() { }
    public CrashException(string message) : base(message) { }
    public CrashException(string message, Exception inner) : base(message, inner) { }
}
