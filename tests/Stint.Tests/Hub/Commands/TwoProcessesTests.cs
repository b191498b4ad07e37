using System.Diagnostics;
using Stint.Core.Identities;
using Stint.Hub.Commands;
using Stint.Hub.Store;
using Stint.Tests.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class TwoProcessesTests
{
    [Fact]
    public async Task AccountAdd_FromManyProcessesInANewDirectory_LosesNone()
    {
        using var stint = new StintConsole();
        var names = Enumerable.Range(0, 6).Select(i => "person-" + i).ToList();
        var codes = await Task.WhenAll(names.Select(name => RunProcessAsync("account", "add", name, "--data", stint.Directory)));
        Assert.All(codes, code => Assert.Equal(0, code));
        Assert.Equal(names, new Catalogue(new Database(stint.Directory)).Accounts().Select(account => account.Name));
    }

    [Fact]
    public async Task AccountPlan_BesideAHubThatWrites_IsSeenByIt()
    {
        using var folder = new HubFolder();
        var ada = folder.Add("ada");
        var version = folder.Catalogue.Version();
        var other = RunProcessAsync("account", "plan", "ada", "pro", "--data", folder.Path);
        var i = 0;
        while (!other.IsCompleted) folder.Catalogue.SetBlocked(ada.Id, i++ % 2 == 0);
        Assert.Equal(0, await other);
        Assert.Equal("pro", folder.Catalogue.PlanOf(IdentityId.Of(ada.Id)).Name);
        Assert.Equal(version + i + 1, folder.Catalogue.Version());
    }

    private static async Task<int> RunProcessAsync(params string[] arguments)
    {
        var program = Path.ChangeExtension(typeof(CommandLine).Assembly.Location, ".dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        await output;
        Assert.Equal("", process.ExitCode == 0 ? "" : await error);
        return process.ExitCode;
    }
}
