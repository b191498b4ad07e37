using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Store;

public sealed class SpaceWriteTests : IDisposable
{
    private readonly HubFolder folder = new();

    private Catalogue Catalogue => folder.Catalogue;

    public void Dispose() => folder.Dispose();

    private static Space Of(Account owner, string name, string? ownerName = null) =>
        new(new SpaceId(ownerName ?? owner.Name, name), owner.Id, SpaceVisibility.Members, new Uri("http://127.0.0.1:7860/"), null, null, WaitLimitSeconds: 90, Strict: true);

    [Fact]
    public void FindSpace_OfAnAddedOne_IsItInTheOwnersSpelling()
    {
        var ada = folder.Add("Ada");
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(ada, "Demo", "ADA")));
        var expected = Of(ada, "Demo");
        Assert.Equal(expected, Catalogue.FindSpace(expected.Id));
        Assert.Equal(expected, Catalogue.FindSpace(new("ada", "demo")));
        Assert.Equal([expected], Catalogue.Spaces());
        Assert.Equal(expected.Id, Catalogue.FindLabel("ada-demo"));
    }

    [Theory]
    [InlineData("a-b", "c", AddSpaceOutcome.Added)]
    [InlineData("a", "B-c", AddSpaceOutcome.LabelTaken)]
    [InlineData("a", "x", AddSpaceOutcome.AlreadyExists)]
    [InlineData("a", "X", AddSpaceOutcome.AlreadyExists)]
    [InlineData("_", "hub", AddSpaceOutcome.LabelReserved)]
    [InlineData("_", "www", AddSpaceOutcome.LabelReserved)]
    [InlineData("_", "_", AddSpaceOutcome.LabelReserved)]
    [InlineData("a", "2345678901234567890123456789012345678901234567890123456789012", AddSpaceOutcome.Added)]
    [InlineData("a", "23456789012345678901234567890123456789012345678901234567890123", AddSpaceOutcome.LabelReserved)]
    [InlineData("nobody", "x", AddSpaceOutcome.OwnerUnknown)]
    public void AddSpace_WhateverTheName_NamesTheOutcome(string owner, string name, AddSpaceOutcome expected)
    {
        var accounts = new[] { "a", "_", "a-b" }.ToDictionary(each => each, each => folder.Add(each, plan: "pro"));
        Catalogue.AddSpace(Of(accounts["a"], "x"));
        if (expected == AddSpaceOutcome.LabelTaken) Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(accounts["a-b"], "c")));
        var account = accounts.GetValueOrDefault(owner) ?? new Account(new("0"), owner, AccountRole.Member, "free", HubFolder.Now);
        Assert.Equal(expected, Catalogue.AddSpace(Of(account, name)));
    }

    [Fact]
    public void AddSpace_UnderTheNameOfSomeoneElse_IsRefused()
    {
        var ada = folder.Add("ada");
        folder.Add("bob");
        Assert.Equal(AddSpaceOutcome.OwnerUnknown, Catalogue.AddSpace(Of(ada, "x", "bob")));
    }

    [Fact]
    public void AddSpace_PastTheHostingLimit_IsRefusedButForAdministrators()
    {
        var bob = folder.Add("bob");
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(bob, "1")));
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(bob, "2")));
        Assert.Equal(AddSpaceOutcome.HostingLimitReached, Catalogue.AddSpace(Of(bob, "3")));
        Catalogue.SetRole(bob.Id, AccountRole.Administrator);
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(bob, "3")));
    }

    [Fact]
    public async Task AddSpace_FromManyThreadsAtTheHostingLimit_AddsAsManyAsThePlanHosts()
    {
        var bob = folder.Add("bob");
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Catalogue.AddSpace(Of(bob, "s" + i)))));
        Assert.Equal(2, outcomes.Count(outcome => outcome == AddSpaceOutcome.Added));
        Assert.Equal(6, outcomes.Count(outcome => outcome == AddSpaceOutcome.HostingLimitReached));
        Assert.Equal(2, Catalogue.Spaces().Count);
    }

    [Fact]
    public void AddSpace_OfARemovedName_GoesOnWithTheNextSecret()
    {
        var ada = folder.Add("ada");
        Catalogue.AddSpace(Of(ada, "x"));
        Catalogue.RotateSecret(new("ada", "x"));
        Assert.True(Catalogue.RemoveSpace(new("ada", "X")));
        Assert.False(Catalogue.RemoveSpace(new("ada", "x")));
        Assert.Empty(Catalogue.Spaces());
        Assert.Null(Catalogue.FindLabel("ada-x"));
        Assert.Equal(AddSpaceOutcome.Added, Catalogue.AddSpace(Of(ada, "x")));
        Assert.Equal(3, Catalogue.FindSpace(new("ada", "x"))!.Generation);
        Catalogue.RemoveSpace(new("ada", "x"));
        Catalogue.AddSpace(Of(ada, "x"));
        Assert.Equal(4, Catalogue.FindSpace(new("ada", "x"))!.Generation);
    }

    [Fact]
    public void RotateSecret_OfASpace_CountsItsGeneration()
    {
        var ada = folder.Add("ada");
        Catalogue.AddSpace(Of(ada, "x"));
        Assert.Equal(2, Catalogue.RotateSecret(new("ada", "X"))!.Generation);
        Assert.Equal(3, Catalogue.RotateSecret(new("ada", "x"))!.Generation);
        Assert.Equal(Of(ada, "x") with { Generation = 3 }, Catalogue.FindSpace(new("ada", "x")));
        Assert.Null(Catalogue.RotateSecret(new("ada", "y")));
    }
}
