using Stint.Core.Spaces;
using Stint.Hub.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tokens;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class SpaceCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    private Catalogue Catalogue => new(new Database(stint.Directory));

    public void Dispose() => stint.Dispose();

    [Fact]
    public async Task Add_EachKind_IsInTheCatalogueAsSaid()
    {
        await stint.RunAsync("account", "add", "ada");
        Assert.Equal(0, (await stint.RunAsync("space", "add", "ADA/one", "--upstream", "http://127.0.0.1:9000", "--visibility", "members", "--strict")).Code);
        var one = Catalogue.FindSpace(new("ada", "one"))!;
        Assert.Equal(("ada/one", SpaceVisibility.Members, new Uri("http://127.0.0.1:9000"), true), (one.Id.ToString(), one.Visibility, one.Upstream, one.Strict));
        Assert.Equal(0, (await stint.RunAsync("space", "add", "ada/two", "--command", "python app.py", "--dir", stint.Directory)).Code);
        var two = Catalogue.FindSpace(new("ada", "two"))!;
        Assert.Equal((SpaceVisibility.Public, "python app.py", stint.Directory), (two.Visibility, two.Command, two.Directory));
    }

    [Fact]
    public async Task ListAndRotate_OfASpace_ShowItsGeneration()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/one", "--upstream", "http://127.0.0.1:9000");
        Assert.Contains("generation 2", (await stint.RunAsync("space", "rotate", "ada/one")).Output, StringComparison.Ordinal);
        var listed = (await stint.RunAsync("space", "list", "--json")).Json[0];
        Assert.Equal(("ada/one", "ada-one", 2), (listed.GetProperty("name").GetString(), listed.GetProperty("subdomain").GetString(), listed.GetProperty("generation").GetInt32()));
        Assert.Contains("ada-one", (await stint.RunAsync("space", "list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remove_ASpace_TakesItFromTheCatalogue()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/one", "--upstream", "http://127.0.0.1:9000");
        Assert.Equal(0, (await stint.RunAsync("space", "remove", "ada/one")).Code);
        Assert.Empty(Catalogue.Spaces());
        Assert.Equal(1, (await stint.RunAsync("space", "remove", "ada/one")).Code);
    }

    [Fact]
    public async Task Logs_FollowedAsJson_AreRefused()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/two", "--command", "python app.py", "--dir", stint.Directory);
        var ran = await stint.RunAsync("space", "logs", "ada/two", "--follow", "--json");
        Assert.Equal(1, ran.Code);
        Assert.Contains("leave out one", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Env_AfterTheHubRan_LeadsToItByTheCurrentSecret()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/one", "--upstream", "http://127.0.0.1:9000");
        Catalogue.KeepAddress(new HubAddress(new Uri("https://gpu.example.org/"), new Uri("http://127.0.0.1:9123/"), [443, 9123]));
        await stint.RunAsync("space", "rotate", "ada/one");
        var json = (await stint.RunAsync("space", "env", "ada/one", "--json")).Json;
        var secret = new DeviceSecrets(HubKeys.Open(stint.Directory)).Of(new("ada", "one"), 2);
        Assert.Equal("http://127.0.0.1:9123/device/" + secret, json.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString());
        Assert.Equal("https://gpu.example.org", json.GetProperty("STINT_HUB").GetString());
    }

    [Theory]
    [InlineData("space add ada/one --upstream http://a", 1, "choose another name")]
    [InlineData("space add bob/x --upstream http://a", 1, "stint account add bob")]
    [InlineData("space add a/b/c --upstream http://a", 1, "OWNER/NAME")]
    [InlineData("space add _/hub --upstream http://a", 1, "the hub's own")]
    [InlineData("space add ada-x/y --upstream http://a", 1, "is ada/x-y's")]
    [InlineData("space add ada/x --upstream http://169.254.169.254", 1, "link-local")]
    [InlineData("space add ada/x --upstream http://127.0.0.1:7860", 1, "the hub itself")]
    [InlineData("space add ada/x --upstream file:///etc", 1, "http://HOST:PORT")]
    [InlineData("space add ada/x --command x --dir /no/such/folder", 1, "is no folder")]
    [InlineData("space add ada/three --upstream http://a", 1, "stint plan set free --hosting N")]
    [InlineData("space rotate ada/none", 1, "stint space list")]
    [InlineData("space rotate none", 1, "OWNER/NAME")]
    [InlineData("space env ada/none", 1, "stint space list")]
    [InlineData("space logs ada/none", 1, "stint space list")]
    [InlineData("space logs ada/one", 1, "somebody else")]
    [InlineData("space logs ada/one --lines -1", 2, "0 to 100000")]
    [InlineData("space add ada/x", 2, "either --upstream URL or --command")]
    [InlineData("space add ada/x --upstream http://a --command x --dir .", 2, "either --upstream URL or --command")]
    [InlineData("space add ada/x --command x", 2, "go together")]
    [InlineData("space add ada/x --upstream http://a --dir .", 2, "go together")]
    [InlineData("space add ada/x --upstream http://a --visibility secret", 2, "'members'")]
    public async Task Space_WhatCannotBe_IsRefusedInASentence(string line, int code, string says)
    {
        foreach (var name in new[] { "ada", "_", "ada-x" }) await stint.RunAsync("account", "add", name);
        await stint.RunAsync("space", "add", "ada/one", "--upstream", "http://127.0.0.1:9000");
        await stint.RunAsync("space", "add", "ada/x-y", "--upstream", "http://127.0.0.1:9000");
        Catalogue.KeepAddress(new HubAddress(new Uri("http://127.0.0.1:7860"), new Uri("http://127.0.0.1:7861"), [7860, 7861]));
        var ran = await stint.RunAsync(line.Split(' '));
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
        Assert.Equal(2, Catalogue.Spaces().Count);
    }

    [Fact]
    public async Task Env_OfASpace_IsWhatItNeedsAndFollowsARotation()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/one", "--upstream", "http://127.0.0.1:9000");
        var lines = (await stint.RunAsync("space", "env", "ada/one")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("SPACES_ZERO_GPU=true", lines);
        var json = (await stint.RunAsync("space", "env", "ADA/One", "--json")).Json;
        Assert.Equal(lines, json.EnumerateObject().Select(one => $"{one.Name}={one.Value}"));
        await stint.RunAsync("space", "rotate", "ada/one");
        var rotated = (await stint.RunAsync("space", "env", "ada/one", "--json")).Json;
        Assert.NotEqual(json.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString(), rotated.GetProperty("SPACES_ZERO_DEVICE_API_URL").GetString());
    }

    [Fact]
    public async Task Logs_OfASpaceOfTheHub_AreItsNewestLines()
    {
        await stint.RunAsync("account", "add", "ada");
        await stint.RunAsync("space", "add", "ada/two", "--command", "python app.py", "--dir", stint.Directory);
        Assert.Equal((0, ""), await stint.RunAsync("space", "logs", "ada/two") is var none ? (none.Code, none.Output) : default);
        var files = new SpaceFiles(stint.Directory, new("ada", "two"));
        files.Create();
        await File.WriteAllLinesAsync(files.Output, ["one", "two", "three"]);
        Assert.Equal("two\nthree\n", (await stint.RunAsync("space", "logs", "ada/two", "--lines", "2")).Output);
        Assert.Equal(3, (await stint.RunAsync("space", "logs", "ada/two", "--json")).Json.GetArrayLength());
    }
}
