using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Doctor;
using Stint.Hub.Telemetry;
using Xunit;

namespace Stint.Tests.Hub.Doctor;

/// <summary>What each sight is called. The drill plants the same faults for real; here each stands alone, with its neighbours.</summary>
public sealed class ExaminationTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static readonly MeSight Ada = new() { Outcome = "recognised", Identity = "account:ada", Account = "ada", Plan = "pro", RecognisedBy = "sign-in" };

    private static readonly MeSight Nobody = new()
    {
        Outcome = "anonymous",
        Identity = "anonymous:203.0.113.7",
        Plan = "anonymous",
        Because = "You were counted as an anonymous visitor.",
        RecognisedBy = "network",
        Evidence = [new("access-token", "missing"), new("sign-in", "missing")],
    };

    private static readonly EvidenceSight None = new(null, null, null, null, null, null, null, false, null, false);

    private static readonly Observations Healthy = new(
        new HubSight(Now, Instant.From(Now), new Uri("http://hub.test"), new Uri("http://hub.test"), null, [], 10L << 30, []),
        new EvidenceSight("sign-in", null, null, null, "ada", "account:ada", "pro", true, null, false),
        new CallerSight { Door = "browser", Clock = Now, CookiesKept = true, Direct = Ada, Framed = Ada, LeftByApi = 1440, LeftByHubApi = 1440 },
        new SpaceSight("demo/mandelbrot", true, true, SpaceStage.Running, null, [], new Uri("http://space.test"), new AppSight("6.25.0"), SpaceCounts.None with { Events = 9, CallsWithVisitor = 9 }),
        new PurseSight("account:ada", "pro", Reading(1500, 60, 0), null, null, 0),
        new PoolSight(2, 1, 0, [], true, 0, 10_000, TimeSpan.Zero, TimeSpan.FromSeconds(60)));

    [Fact]
    public void HealthyWay_HasNoFindingAndEveryCheckIsSaid()
    {
        var examination = Examination.Of(Healthy);
        Assert.Empty(examination.Findings);
        Assert.Equal(Examination.Checks.Count, examination.Tried.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Sights))]
    public void Sight_IsCalledByItsName(string code, string what)
    {
        var examination = Examination.Of(Planted[what]);
        Assert.Equal(code, examination.Findings[0].Code);
        Assert.All(examination.Findings, finding => Assert.All([finding.Tried, finding.Seen, finding.Means, finding.Do], text => Assert.False(string.IsNullOrWhiteSpace(text))));
        Assert.All(examination.Findings, finding => Assert.Contains(finding.Side, new[] { "visitor", "space", "operator", "nobody" }));
    }

    /// <summary>A client may word it itself: every value is there by name, with its unit.</summary>
    [Fact]
    [Trait("Behaviour", "B43")]
    public void Finding_OfASight_HasEveryValueThatItsSentencesWereMadeOf()
    {
        Assert.Equal(("taken", 1), ParametersOf("slots-quarantined").First() is var (name, value) ? (name, value) : default);
        Assert.Equal(1L, ParametersOf("disk-full")["freeMebibytes"]);
        Assert.Equal((120m, 0m), (ParametersOf("quota-used-up")["spentSeconds"], ParametersOf("quota-used-up")["leftSeconds"]));
        Assert.Equal((61m, 60m), (ParametersOf("wait-longer-than-limit")["waitSeconds"], ParametersOf("wait-longer-than-limit")["limitSeconds"]));
        Assert.Equal("r_1", ParametersOf("quota-exceeded")["refusal"]);
        Assert.All(Planted.Values, seen => Assert.All(Examination.Of(seen).Findings, finding => Assert.All(finding.Parameters.Keys, key => Assert.Matches("^[a-z][A-Za-z]+$", key))));
        static IReadOnlyDictionary<string, object?> ParametersOf(string what) => Examination.Of(Planted[what]).Findings[0].Parameters;
    }

    [Theory]
    [InlineData(119, null)]
    [InlineData(120, "caller-clock-off")]
    [InlineData(-120, "caller-clock-off")]
    public void CallersClock_IsOffFromTwoMinutes(int seconds, string? code) =>
        Assert.Equal(code, First(Healthy with { Caller = Healthy.Caller! with { Clock = Now.AddSeconds(seconds) } }));

    [Theory]
    [InlineData(3, "not-signed-in")]
    [InlineData(4, "address-shared")]
    public void Address_IsSharedFromFourBrowsers(int browsers, string code) =>
        Assert.Equal(code, First(Anonymous with { Purse = Healthy.Purse! with { Identity = "anonymous:203.0.113.7", Visitors = browsers } }));

    [Fact]
    public void Numbers_AreComparedOnlyWhileNothingRuns() => Assert.Null(First(
        Healthy with { Purse = Healthy.Purse! with { Reading = Reading(1500, 60, 10) }, Caller = Healthy.Caller! with { LeftByApi = 1440, LeftByHubApi = 1440 } }));

    [Fact]
    public void Bundle_TellsFactsAndFindingsAndNoAnonymousAddress()
    {
        var seen = Anonymous with { Purse = Healthy.Purse! with { Identity = "anonymous:203.0.113.7" } };
        var report = DoctorAnswer.Of(seen).Report;
        Assert.Contains("not-signed-in", report, StringComparison.Ordinal);
        Assert.Contains("an anonymous IPv4 address", report, StringComparison.Ordinal);
        Assert.DoesNotContain("203.0.113.7 ", report, StringComparison.Ordinal);
    }

    /// <summary>What an operator asks for first: who, what the API says of the plan, the numbers with the runs they come of, the Space and the way to it, versions, refusals.</summary>
    [Fact]
    public void Bundle_HoldsAllThatSupportAsksFor_AsMarkdownAndAsValues()
    {
        var seen = Healthy with
        {
            Hub = Healthy.Hub with { AddressClass = "IPv4, private, behind a NAT", Agent = "Mozilla/5.0 (X11)", Runtime = ".NET 10.0.0, Linux" },
            Purse = Healthy.Purse! with
            {
                Entries = [new("l_1", Now, "demo/mandelbrot", 60, "60 s × 1 = 60 s")],
                Refusals = [new(new("f_2"), Instant.From(Now), "quota-exceeded", "Not enough", "It needs 60 s and 10 s are left.", "Wait.", null), new(new("f_1"), Instant.From(Now), "no-gpu-in-time", "None", "None came free.", "Try.", null)],
            },
        };
        var answer = DoctorAnswer.Of(seen);
        string?[] facts =
        [
            "ada", "true", "pro", "sign-in, believed", "browser", "directly and in the frame of its page", "recognised as ada by sign-in", "demo/mandelbrot, Running, http://space.test/", "6.25.0",
            "60 s spent + 0 s reserved + 1440 s left = 1500 s", "IPv4, private, behind a NAT", "Mozilla/5.0 (X11)", ".NET 10.0.0, Linux", "f_2, f_1", "60 s in 1",
        ];
        foreach (var fact in facts)
        {
            Assert.Contains(fact, answer.Facts.Values);
            Assert.Contains($"| {fact} |", answer.Report, StringComparison.Ordinal);
        }

        Assert.Equal("l_1", Assert.Single(answer.Entries).Receipt);
        Assert.Contains("| l_1 | 2026-11-22 12:00:00 UTC | demo/mandelbrot | 60 s × 1 = 60 s |", answer.Report, StringComparison.Ordinal);
        Assert.Contains("| f_1 |", answer.Report, StringComparison.Ordinal);
    }

    /// <summary>Callers and apps may say anything, secrets too, and people send reports on.</summary>
    [Theory]
    [InlineData("hf_abcdefghijklmnopqrstuvwxyz01234567")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl")]
    [InlineData("http://127.0.0.1:7861/device/tAtZRWf4lOrpsOX_DIwRWPAs/schedule")]
    [InlineData("https://space.test/?__sign=abcdef0123456789")]
    [InlineData("POST /allow?allowToken=abcdef0123456789")]
    public void Bundle_OfASecretThatSomebodySaid_ShowsItNowhere(string said)
    {
        var secret = said.Split('/', '=', ' ', '?').MaxBy(part => part.Length)!;
        var seen = Healthy with
        {
            Hub = Healthy.Hub with { Agent = said, LedgerDamage = [said] },
            Caller = new CallerSight { Door = said, Unreachable = said, Direct = Ada with { Account = said, Because = said, RecognisedBy = said } },
            Space = Healthy.Space! with { Problem = said, Stage = SpaceStage.RuntimeError, LastLines = [said], App = new AppSight(said) },
        };
        var answer = DoctorAnswer.Of(seen);
        var json = System.Text.Json.JsonSerializer.Serialize(answer, System.Text.Json.JsonSerializerOptions.Web);
        Assert.True(secret.Length > 8);
        Assert.DoesNotContain(secret, answer.Report, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, json, StringComparison.Ordinal);
        Assert.Contains("(masked)", answer.Report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", "IPv4, this machine")]
    [InlineData("::ffff:192.168.1.7", "IPv4, private, behind a NAT")]
    [InlineData("100.64.0.1", "IPv4, shared by a carrier's NAT or a VPN")]
    [InlineData("100.128.0.1", "IPv4, public")]
    [InlineData("203.0.113.7", "IPv4, public")]
    [InlineData("2001:db8::1", "IPv6, public")]
    [InlineData("fd00::1", "IPv6, private")]
    public void AddressClass_TellsTheKindAndNotTheAddress(string address, string kind) =>
        Assert.Equal(kind, Stint.Hub.Doctor.Observing.NetworkClass.Of(System.Net.IPAddress.Parse(address)));

    public static TheoryData<string, string> Sights()
    {
        var rows = new TheoryData<string, string>();
        foreach (var what in Planted.Keys) rows.Add(what.Split(' ')[0], what);
        return rows;
    }

    private static readonly Observations Anonymous = Healthy with { Evidence = None, Caller = new CallerSight { Door = "browser", Clock = Now, CookiesKept = true, Direct = Nobody, Framed = Nobody } };

    private static readonly Dictionary<string, Observations> Planted = new()
    {
        ["ledger-damaged"] = Healthy with { Hub = Healthy.Hub with { LedgerDamage = ["fold: it does not add up"] } },
        ["hub-clock-jumped"] = Healthy with { Hub = Healthy.Hub with { LedgerNow = Instant.From(Now.AddHours(2)) } },
        ["disk-full"] = Healthy with { Hub = Healthy.Hub with { FreeBytes = 1 << 20 } },
        ["proxy-not-trusted"] = Healthy with { Hub = Healthy.Hub with { UntrustedForwarder = "10.0.0.1" } },
        ["other-address"] = Healthy with { Hub = Healthy.Hub with { AskedAt = new Uri("http://localhost") } },
        ["hold-overdue"] = Healthy with { Purse = Healthy.Purse! with { OverdueSince = Instant.From(Now.AddHours(-1)) } },
        ["numbers-differ by the API"] = Healthy with { Caller = Healthy.Caller! with { LeftByApi = 1500 } },
        ["numbers-differ by the Hub API"] = Healthy with { Caller = Healthy.Caller! with { LeftByHubApi = 0 } },
        ["rule-without-effect"] = Healthy with { Hub = Healthy.Hub with { IdleRules = ["a rule"] } },
        ["cookies-blocked"] = Anonymous with { Caller = Anonymous.Caller! with { CookiesKept = false } },
        ["token-in-wrong-header"] = Anonymous with { Evidence = None with { TokenInHeader = "X-Api-Key" } },
        ["access-token-expired"] = Anonymous with { Evidence = None with { Kind = "access-token", Cause = "access-token-expired", Sentence = "It has passed." } },
        ["not-signed-in in a browser"] = Anonymous,
        ["private-window"] = Anonymous with { Evidence = None with { SignedInElsewhere = true } },
        ["not-signed-in as a program, whoever else is there"] = Anonymous with { Evidence = None with { SignedInElsewhere = true }, Caller = Anonymous.Caller! with { Door = "program" } },
        ["space-address-unreachable"] = Healthy with { Caller = Healthy.Caller! with { Direct = null, Framed = null, Unreachable = "it did not answer" } },
        ["token-dropped-on-the-way"] = Healthy with { Caller = Healthy.Caller! with { Door = "program", Sent = "access-token", Direct = Nobody, Framed = null } },
        ["sign-in-of-another-space"] = Healthy with
        {
            Caller = Healthy.Caller! with { Direct = new MeSight { Outcome = "refused", RecognisedBy = "sign-in", Evidence = [new("sign-in", "rejected", "sign-in-of-another-space", "It is another's.")] } },
        },
        ["signed-out-at-space"] = Healthy with { Caller = Healthy.Caller! with { Direct = Nobody, Framed = null } },
        ["signed-out-in-frame"] = Healthy with { Caller = Healthy.Caller! with { Framed = Nobody } },
        ["another-account-at-space"] = Healthy with { Caller = Healthy.Caller! with { Direct = Ada with { Identity = "account:bob", Account = "bob" } } },
        ["plan-changed-since-page-opened"] = Healthy with { Caller = Healthy.Caller! with { PageOpened = Ada with { Plan = "free" } } },
        ["space-unknown"] = Healthy with { Space = Healthy.Space! with { IsThere = false, IsOpenToCaller = false } },
        ["sign-in-needed"] = Anonymous with { Space = Healthy.Space! with { IsOpenToCaller = false } },
        ["space-failing"] = Healthy with { Space = Healthy.Space! with { Stage = SpaceStage.RuntimeError, App = null } },
        ["space-stopped"] = Healthy with { Space = Healthy.Space! with { Stage = SpaceStage.Stopped, App = null } },
        ["space-starting"] = Healthy with { Space = Healthy.Space! with { Stage = SpaceStage.AppStarting, App = null } },
        ["app-not-answering"] = Healthy with { Space = Healthy.Space! with { App = null } },
        ["app-drops-visitor"] = Healthy with { Space = Counted(SpaceCounts.None with { CallsWithout = 2, CallsWithoutAmidEvents = 1 }) },
        ["calls-without-visitor"] = Healthy with { Space = Counted(SpaceCounts.None with { CallsWithout = 1 }) },
        ["app-calls-without-forwarding"] = Healthy with { Space = Counted(SpaceCounts.None with { FromOtherApps = 1 }) },
        ["space-never-asks"] = Healthy with { Space = Counted(SpaceCounts.None with { Events = 3 }) },
        ["app-queue-small"] = Healthy with { Space = Counted(SpaceCounts.None with { TurnedAwayByApp = 1 }) },
        ["app-queue-hides-ours"] = Healthy with { Space = Counted(SpaceCounts.None with { WaitedInApp = 1 }) },
        ["node-lost"] = Healthy with { Pool = Healthy.Pool with { Lost = ["n1"] } },
        ["no-slots"] = Healthy with { Pool = Healthy.Pool with { Slots = 0, Free = 0 } },
        ["slots-quarantined"] = Healthy with { Pool = Healthy.Pool with { Quarantined = 1 } },
        ["queue-full"] = Healthy with { Pool = Healthy.Pool with { Waiting = 10_000 } },
        ["wait-longer-than-limit"] = Healthy with { Pool = Healthy.Pool with { ExpectedWait = TimeSpan.FromSeconds(61) } },
        ["quota-used-up"] = Healthy with { Purse = Healthy.Purse! with { Reading = Reading(120, 120, 0) }, Caller = null },
        ["all-held"] = Healthy with { Purse = Healthy.Purse! with { Reading = Reading(120, 60, 60) }, Caller = null },
        ["quota-exceeded"] = Healthy with
        {
            Purse = Healthy.Purse! with { LastRefusal = new RefusalSight(new("r_1"), Instant.From(Now), "quota-exceeded", "Not enough", "60 s required, 10 s left.", "Wait.", null) },
        },
    };

    private static SpaceSight Counted(SpaceCounts counts) => Healthy.Space! with { Counts = counts with { CallsWithoutSince = Instant.From(Now) } };

    private static string? First(Observations seen) => Examination.Of(seen).Findings is [var first, ..] ? first.Code : null;

    private static QuotaReading Reading(long allowance, long spent, long reserved) => new(
        Instant.From(Now), GpuTime.FromSeconds(allowance), GpuTime.FromSeconds(spent), GpuTime.FromSeconds(reserved), GpuTime.FromSeconds(allowance - spent - reserved), Instant.From(Now.AddHours(3)));
}
