using Stint.Core.Identities;
using Stint.Core.Plans;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Xunit;

namespace Stint.Tests.Hub.Store;

public sealed class CatalogueTests : IDisposable
{
    private readonly HubFolder folder = new();

    private Catalogue Catalogue => folder.Catalogue;

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Plans_OfANewHub_AreThePublishedOnes() => Assert.Equal(Plan.Defaults, Catalogue.Plans());

    [Fact]
    public void FindAccount_OfAnAddedOne_IsItWhateverTheCase()
    {
        var ada = folder.Add("Ada", AccountRole.Administrator, "pro");
        Assert.Equal(ada, Catalogue.FindAccount(ada.Id));
        Assert.Equal(ada, Catalogue.FindAccount("aDA"));
        Assert.Equal([ada], Catalogue.Accounts());
        Assert.Null(Catalogue.FindAccount("bob"));
    }

    [Theory]
    [InlineData("ada", "free", AddAccountOutcome.NameTaken)]
    [InlineData("ADA", "free", AddAccountOutcome.NameTaken)]
    [InlineData("bob", "gold", AddAccountOutcome.PlanUnknown)]
    [InlineData("b/b", "free", AddAccountOutcome.NameInvalid)]
    [InlineData("", "free", AddAccountOutcome.NameInvalid)]
    [InlineData("bob", "free", AddAccountOutcome.Added)]
    public void AddAccount_WhateverIsAsked_NamesTheOutcome(string name, string plan, AddAccountOutcome expected)
    {
        folder.Add("ada");
        var before = Catalogue.Version();
        Assert.Equal(expected, Catalogue.AddAccount(new(new("2"), name, AccountRole.Member, plan, HubFolder.Now)));
        Assert.Equal(expected == AddAccountOutcome.Added, Catalogue.Version() != before);
    }

    [Fact]
    public void PlanOf_EachKindOfIdentity_IsItsOwnOrTheAnonymousOne()
    {
        var ada = folder.Add("ada", plan: "pro");
        Assert.Equal("pro", Catalogue.PlanOf(IdentityId.Of(ada.Id)).Name);
        Assert.Equal("anonymous", Catalogue.PlanOf(IdentityId.OfNetwork("10.0.0.1")).Name);
        Assert.Equal("anonymous", Catalogue.PlanOf(IdentityId.Of(new AccountId("nobody"))).Name);
    }

    [Fact]
    public void PlanOf_WhatAnotherProcessWroteSince_IsReadAgain()
    {
        var (mine, theirs) = (new Catalogue(new Database(folder.Path)), new Catalogue(new Database(folder.Path)));
        var ada = IdentityId.Of(folder.Add("ada").Id);
        Assert.Equal(mine.FindPlan("free"), mine.PlanOf(ada));
        theirs.SetPlan(mine.PlanOf(ada) with { Allowance = GpuTime.FromMinutes(9) });
        Assert.Equal(GpuTime.FromMinutes(9), mine.PlanOf(ada).Allowance);
        theirs.SetPlan(ada.Account!.Value, "pro");
        Assert.Equal("pro", mine.PlanOf(ada).Name);
        Assert.Null(mine.FindPlan("gold"));
        theirs.SetPlan(mine.PlanOf(ada) with { Name = "gold" });
        Assert.Equal("gold", mine.FindPlan("gold")?.Name);
    }

    [Fact]
    public void SetPlan_OfAnEditedPlan_ReachesEveryoneOnIt()
    {
        var ada = folder.Add("ada");
        var edited = Catalogue.FindPlan("free")! with { Allowance = GpuTime.FromMinutes(9) };
        Assert.Equal(SetPlanOutcome.Set, Catalogue.SetPlan(edited));
        Assert.Equal(edited, Catalogue.PlanOf(IdentityId.Of(ada.Id)));
        Assert.Equal(SetPlanOutcome.Invalid, Catalogue.SetPlan(edited with { Priority = 0 }));
        Assert.Equal(edited, Catalogue.FindPlan("free"));
    }

    [Fact]
    public void SetPlan_OfAnAccount_MovesItOrSaysWhyNot()
    {
        var ada = folder.Add("ada");
        Assert.Equal(ChangeAccountOutcome.Changed, Catalogue.SetPlan(ada.Id, "pro"));
        Assert.Equal("pro", Catalogue.FindAccount("ada")!.Plan);
        Assert.Equal(ChangeAccountOutcome.PlanUnknown, Catalogue.SetPlan(ada.Id, "gold"));
        Assert.Equal(ChangeAccountOutcome.AccountUnknown, Catalogue.SetPlan(new AccountId("nobody"), "pro"));
    }

    [Fact]
    public void SetBlockedAndSetRole_OfTheLastAdministrator_AreRefused()
    {
        var ada = folder.Add("ada", AccountRole.Administrator);
        var bob = folder.Add("bob");
        Assert.Equal(ChangeAccountOutcome.LastAdministrator, Catalogue.SetBlocked(ada.Id, true));
        Assert.Equal(ChangeAccountOutcome.LastAdministrator, Catalogue.SetRole(ada.Id, AccountRole.Member));
        Assert.Equal(ChangeAccountOutcome.Changed, Catalogue.SetRole(bob.Id, AccountRole.Administrator));
        Assert.Equal(ChangeAccountOutcome.Changed, Catalogue.SetBlocked(ada.Id, true));
        Assert.True(Catalogue.FindAccount("ada")!.Blocked);
        Assert.Equal(ChangeAccountOutcome.LastAdministrator, Catalogue.SetBlocked(bob.Id, true));
    }

    [Fact]
    public void Version_WhenAnotherOpenFileWrites_Grows()
    {
        var before = Catalogue.Version();
        Assert.Equal(before, Catalogue.Version());
        new Catalogue(new Database(folder.Path)).AddAccount(new(new("1"), "ada", AccountRole.Member, "free", HubFolder.Now));
        Assert.True(Catalogue.Version() > before);
        Assert.NotNull(Catalogue.FindAccount("ada"));
    }

    [Fact]
    public void ChangeSpace_WhenTheChangeThrows_KeepsNothingAndLetsOthersWrite()
    {
        var ada = folder.Add("ada");
        var space = new Space(new("ada", "x"), ada.Id, SpaceVisibility.Public, null, null, null);
        Catalogue.AddSpace(space);
        Assert.Throws<InvalidOperationException>(() => Catalogue.ChangeSpace(space.Id, _ => throw new InvalidOperationException()));
        Assert.Equal(space, Catalogue.FindSpace(space.Id));
        Assert.NotNull(Catalogue.RotateSecret(space.Id));
    }
}
