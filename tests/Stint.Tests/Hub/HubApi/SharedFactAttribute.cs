using Xunit;

namespace Stint.Tests.Hub.HubApi;

/// <summary>A test that reads recorded traffic, which lies beside the checkout or where STINT_SHARED says; skipped where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public static string? Recording(string name)
    {
        var folder = Environment.GetEnvironmentVariable("STINT_SHARED");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); folder is null && at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Stint.slnx"))) folder = Path.Combine(at.FullName, "..", "shared");
        var file = Path.Combine(folder ?? "", "conformance", name);
        return File.Exists(file) ? file : null;
    }

    public SharedFactAttribute(string name) => Skip = Recording(name) is null ? $"conformance/{name} is not there: set STINT_SHARED, or put 'shared' beside the checkout" : null;
}
