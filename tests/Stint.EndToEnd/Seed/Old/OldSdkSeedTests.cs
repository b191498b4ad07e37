using System.Net;
using System.Text.Json;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed.Old;

/// <summary>
/// The seed's cause that its first report was about: an app on an old SDK. Its traffic is the recorded one of Gradio 5.12 with
/// `spaces` of that time, on either side of the gateway.
/// </summary>
public sealed class OldSdkSeedTests(SeedHub seed) : SeedTest(seed), IClassFixture<SeedHub>
{
    [RecordingTheory]
    [InlineData("token", "oda", "access-token")]
    [InlineData("cookie", "odo", "sign-in")]
    [InlineData("nothing", "ode", "network")]
    [Trait("Behaviour", "B4")]
    public async Task OldSdk_WhateverItKnows_IsCountedByWhatTheGatewayAdds(string by, string name, string recognisedBy)
    {
        var person = await Seed.SomeoneAsync(name);
        await Person.AddAsync(Seed.Hub, $"owner-{name}");
        await using var app = await OldApp.AddAsync(Seed.Hub, $"owner-{name}/old");
        // What its function takes is learned first, or thirty seconds would be asked of three.
        using var ada = Seed.Visitor();
        Assert.True((await RunAsync(ada, app, Bearer((await Seed.Ada.TokenAsync()).Text))).Succeeded);
        using var visitor = Seed.Visitor();
        if (by == "cookie") await visitor.SignInAsync(person, $"owner-{name}/old", app.Address);
        (string, string)[] evidence = by == "token" ? [Bearer((await person.TokenAsync("--role", "read")).Text)] : [];
        app.Works = TimeSpan.FromSeconds(SeedHub.SpendingSeconds);
        Assert.True((await RunAsync(visitor, app, evidence)).Succeeded);

        var refused = await RunAsync(visitor, app, evidence);

        var me = await visitor.MeAsync(app.Address, evidence);
        AssertExplained(refused, me);
        Assert.Matches($@"^You have exceeded your {(by == "nothing" ? "" : "free ")}GPU quota \(30s requested vs\. 0s left\)\. Try again in 23:\d\d:\d\d You were counted as", refused.Error);
        if (by == "nothing") AssertAnonymous(me, visitor.Address);
        else AssertRecognised(me, person, recognisedBy);
        Assert.InRange((await person.PurseAsync()).SpentMilliseconds, by == "nothing" ? 0 : 2_000, by == "nothing" ? 0 : 3_000);
        await AssertSameAtTheHubAsync(visitor, me, evidence);
    }

    /// <summary>The recorded client's requests in their order, with the evidence of this visitor in place of the one it had.</summary>
    private static async Task<CallEnd> RunAsync(Caller visitor, OldApp app, params (string Name, string Value)[] evidence)
    {
        foreach (var recorded in RecordedCall.Of("gradio512-js-quota"))
        {
            // What a browser adds to what its page sends.
            (string, string)[] more = recorded.IsJoin ? [.. evidence, ("Origin", app.Address.GetLeftPart(UriPartial.Authority))] : evidence;
            using var request = recorded.Again(app.Address, more);
            using var answer = await visitor.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var text = await answer.Content.ReadAsStringAsync();
            if (recorded.IsJoin) Assert.Contains("event_id", text, StringComparison.Ordinal);
            if (!recorded.IsStream) continue;
            var end = text.Split('\n').Where(line => line.Contains("process_completed", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line["data: ".Length..]).RootElement).Single();
            return new(answer.StatusCode, end.GetProperty("success").GetBoolean(), end.GetProperty("output").TryGetProperty("error", out var error) ? error.GetString()! : "");
        }

        throw new Xunit.Sdk.XunitException("the recording has no stream");
    }
}
