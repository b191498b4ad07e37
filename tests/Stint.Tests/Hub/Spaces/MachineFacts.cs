using Stint.Hub.Nodes.Workers;
using Xunit;

namespace Stint.Tests.Hub.Spaces;

/// <summary>Needs python3, whose own web server stands for an app.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (!Machine.Has("python3")) Skip = "python3 is not on this machine";
    }
}

/// <summary>Needs root, who alone can give a Space a user of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess) Skip = "these tests do not run as root";
        else if (!Machine.Has("setpriv")) Skip = "setpriv is not on this machine";
    }
}

internal static class Machine
{
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    public static bool IsAlive(int pid) => Processes.Find(pid) is { IsGone: false };
}
