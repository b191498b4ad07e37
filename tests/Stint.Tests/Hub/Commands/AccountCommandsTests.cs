using Stint.Core.Quota;
using Stint.Hub.Accounts;
using Stint.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Commands;

public sealed class AccountCommandsTests : IDisposable
{
    private readonly StintConsole stint = new();

    private Catalogue Catalogue => new(new Database(stint.Directory));

    public void Dispose() => stint.Dispose();

    [Fact]
    public async Task Add_InADirectoryThatIsNotThere_MakesItForItsOwnerAlone()
    {
        var ran = await stint.RunAsync("account", "add", "ada", "--role", "administrator", "--plan", "pro");
        Assert.Equal((0, "Added administrator ada on plan pro."), (ran.Code, ran.Output.Split('\n')[0]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(stint.Directory));
        Assert.Equal("pro", Catalogue.FindAccount("ada")!.Plan);
    }

    [Fact]
    public async Task Add_WithoutAPassword_PrintsALinkThatOpens()
    {
        var link = (await stint.RunAsync("account", "add", "ada", "--json")).Json.GetProperty("setUpLink").GetString()!;
        Assert.StartsWith("http://127.0.0.1:7860/set-up/", link, StringComparison.Ordinal);
        var links = new SetUpLinks(Catalogue);
        Assert.Equal(SetUpLinkStanding.Open, links.Find(link[(link.LastIndexOf('/') + 1)..], Instant.From(DateTimeOffset.UtcNow)).Standing);
    }

    [Fact]
    public async Task Password_WithLinkWhereTheHubWasStarted_NamesThatHub()
    {
        await stint.RunAsync("account", "add", "ada");
        Catalogue.KeepAddress(new HubAddress(new Uri("https://gpu.example.org/"), new Uri("http://127.0.0.1:7861/"), [7860, 7861]));
        var ran = await stint.RunAsync("account", "password", "ada", "--link");
        Assert.Contains("https://gpu.example.org/set-up/", ran.Output, StringComparison.Ordinal);
        Assert.Equal("", ran.Error);
    }

    [Fact]
    public async Task Add_WithGenerate_PrintsAPasswordThatSignsIn()
    {
        var password = (await stint.RunAsync("account", "add", "ada", "--generate", "--json")).Json.GetProperty("password").GetString()!;
        Assert.NotNull(new Passwords(Catalogue).Verify("ada", password));
    }

    [Theory]
    [InlineData("long enough\n", 0)]
    [InlineData("long enough\r\nsecond line", 0)]
    [InlineData("long enough", 0)]
    [InlineData("too short\n", 1)]
    [InlineData("\n", 1)]
    [InlineData("", 1)]
    public async Task Password_FromTheInput_IsItsFirstLine(string input, int code)
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync(input, ["account", "password", "ada"]);
        Assert.Equal(code, ran.Code);
        Assert.Equal(code == 0, new Passwords(Catalogue).Verify("ada", "long enough") is not null);
        Assert.DoesNotContain("long enough", ran.Output + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Add_WithABadPasswordFromTheInput_AddsNobody()
    {
        Assert.Equal(1, (await stint.RunAsync("short\n", ["account", "add", "ada", "--stdin"])).Code);
        Assert.Null(Catalogue.FindAccount("ada"));
    }

    [Theory]
    [InlineData("account add ADA", 1, "an account named ada is there already")]
    [InlineData("account add b/b", 1, "a user name has 1 to 40")]
    [InlineData("account add bob --plan gold", 1, "stint plan set gold")]
    [InlineData("account plan ada gold", 1, "choose from anonymous, free, pro")]
    [InlineData("account plan bob pro", 1, "stint account list")]
    [InlineData("account password bob --generate", 1, "stint account list")]
    [InlineData("account add bob --role king", 2, "'member'")]
    [InlineData("account add bob --generate --stdin", 2, "not both")]
    [InlineData("account password ada --generate --link", 2, "not both")]
    [InlineData("account add", 2, "Required argument")]
    [InlineData("account", 2, "Required command")]
    [InlineData("account list --nonsense", 2, "--nonsense")]
    public async Task Account_WhatCannotBe_IsRefusedInASentence(string line, int code, string says)
    {
        await stint.RunAsync("account", "add", "ada");
        var ran = await stint.RunAsync(line.Split(' '));
        Assert.Equal(code, ran.Code);
        Assert.Contains(says, ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_AsTextAndAsJson_ShowsTheSame()
    {
        await stint.RunAsync("account", "add", "ada", "--generate");
        await stint.RunAsync("account", "add", "Bob", "--plan", "pro");
        await stint.RunAsync("account", "plan", "ada", "pro");
        var rows = (await stint.RunAsync("account", "list")).Output.Split('\n');
        Assert.Equal(["ada", "member", "pro", "password"], rows[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..4]);
        Assert.Equal(["Bob", "member", "pro", "not", "set", "up"], rows[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[..6]);
        var json = (await stint.RunAsync("account", "list", "--json")).Json;
        Assert.Equal(["ada", "Bob"], json.EnumerateArray().Select(each => each.GetProperty("name").GetString()));
        Assert.Equal([true, false], json.EnumerateArray().Select(each => each.GetProperty("hasPassword").GetBoolean()));
    }

    [Fact]
    public async Task List_WhereThereIsNoHub_MakesNone()
    {
        var ran = await stint.RunAsync("account", "list");
        Assert.Equal(1, ran.Code);
        Assert.Contains("--data DIR", ran.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(stint.Directory));
    }
}
