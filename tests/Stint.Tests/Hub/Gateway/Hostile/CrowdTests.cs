using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Stint.Core.Identities;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Hostile;

public sealed class CrowdTests : GatewayTest
{
    private const int People = 100;
    private const int Calls = 50;

    [Fact]
    [Trait("Behaviour", "B15")]
    public async Task Crowd_AHundredPeopleThroughOneApp_EachCallIsItsOwnPersons()
    {
        var wrong = new ConcurrentBag<string>();
        await ServeAsync(context =>
        {
            // The app sees who calls by what they say, and must be told the same by the gateway.
            var check = Hub.Tokens.Check(context.Request.Headers["X-IP-Token"].ToString(), GatewayHub.Squares, Hub.Clock.Now);
            var said = context.Request.Headers["X-Who"].ToString();
            if (check.Facts?.Identity != GatewayHub.IdentityOf(said)) wrong.Add($"{said}: {check.Outcome} {check.Facts?.Identity}");
            return context.Response.WriteAsync(said);
        });
        var tokens = new List<(string Name, string Token)>();
        for (var i = 0; i < People; i++)
        {
            Hub.Catalogue.AddAccount(new Account(new AccountId($"id-p{i}"), $"p{i}", AccountRole.Member, "free", Hub.Clock.Now));
            tokens.Add(($"p{i}", Hub.AccessToken($"p{i}")));
        }

        var calls = Enumerable.Range(0, People * Calls).Select(i => tokens[i % People]);
        await Parallel.ForEachAsync(calls, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (call, stop) =>
        {
            using var response = await SendAsync(HttpMethod.Post, "/run/x", null, "{}", "Authorization: Bearer " + call.Token, "X-Who: " + call.Name);
            if (response.StatusCode != HttpStatusCode.OK || await response.Content.ReadAsStringAsync(stop) != call.Name) wrong.Add($"{call.Name}: {response.StatusCode}");
        });

        Assert.Empty(wrong);
    }
}
