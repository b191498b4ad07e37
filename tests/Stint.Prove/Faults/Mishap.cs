using Stint.Hub.Engine;

namespace Stint.Prove.Faults;

/// <summary>What befalls the next commit of a store; the one after it is well again.</summary>
public enum Mishap
{
    None,
    /// <summary>The write fails: nothing is kept and the writer is told so.</summary>
    Fails,
    /// <summary>All of it is kept, and the writer is told that nothing is known of it.</summary>
    FailsAfter,
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

/// <summary>How a mishap looks from inside a commit; the same for every store that can be told to have one.</summary>
internal static class Mishaps
{
    /// <summary>Before anything is kept.</summary>
    /// <returns>False where another writer is to have been there first.</returns>
    public static bool LetsBegin(this Mishap mishap) => mishap switch
    {
        Mishap.Fails => throw new StoreFailedException("told to fail"),
        Mishap.CrashesBefore => throw new CrashException("told to crash before the commit"),
        Mishap.Conflicts => false,
        Mishap.None or Mishap.FailsAfter or Mishap.CrashesAfter => true,
    };

    /// <summary>When all of it is kept.</summary>
    public static void End(this Mishap mishap)
    {
        if (mishap == Mishap.FailsAfter) throw new StoreFailedException("told to fail when it was done");
        if (mishap == Mishap.CrashesAfter) throw new CrashException("told to crash after the commit");
    }
}
