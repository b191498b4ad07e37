using Stint.Core.Identities;
using Stint.Core.Spaces;
using Stint.Hub.Gateway.Hosts;
using Stint.Hub.Gateway.Streams;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Gateway.Streams;

/// <summary>How long an event may wait for somebody to follow it.</summary>
public sealed class UnheardTests
{
    private static readonly SpaceHost Host = new(
        new Space(Samples.Paint, new AccountId("acc_1"), SpaceVisibility.Public, new Uri("http://127.0.0.1:1"), null, null), new Uri("http://127.0.0.1:2"), 2);

    private readonly SteppedTime time = new(Samples.Start);
    private readonly UnheardEvents unheard;
    private int last;

    public UnheardTests() => unheard = new(time);

    [Theory]
    [InlineData(4_999, false)]
    [InlineData(5_000, true)]
    [Trait("Behaviour", "B32")]
    public void Due_NobodyFollows_IsAfterFiveSeconds(int milliseconds, bool isDue)
    {
        var live = Begin("abc");
        unheard.Expect(live, Host, default);
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isDue, unheard.Due().Count == 1);
    }

    [Theory]
    [InlineData(999, false)]
    [InlineData(1_000, true)]
    [Trait("Behaviour", "B32")]
    public void Due_ItsConnectionHasClosed_IsASecondLater(int milliseconds, bool isDue)
    {
        unheard.Expect(Begin("abc"), Host, new CancellationToken(canceled: true));
        Assert.Empty(unheard.Due());
        time.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(isDue, unheard.Due().Count == 1);
    }

    [Fact]
    public void Due_ReturnsEachOnce()
    {
        unheard.Expect(Begin("abc"), Host, default);
        time.Advance(UnheardEvents.Longest);

        Assert.Single(unheard.Due());
        Assert.Empty(unheard.Due());
    }

    [Fact]
    public void Due_FollowedBeforeOrAfter_NeverIs()
    {
        unheard.Expect(Begin("before"), Host, new CancellationToken(canceled: true));
        unheard.Follow(Samples.Paint, "before");
        unheard.Follow(Samples.Paint, "after");
        unheard.Expect(Begin("after"), Host, new CancellationToken(canceled: true));
        unheard.Expect(Begin("another"), Host, default);
        time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("another", Assert.Single(unheard.Due()).Event.Session);
    }

    [Fact]
    public void Due_OneOfTwoStreamsEnded_IsStillFollowed()
    {
        unheard.Follow(Samples.Paint, "abc");
        unheard.Follow(Samples.Paint, "abc");
        unheard.Unfollow(Samples.Paint, "abc");
        unheard.Expect(Begin("abc"), Host, default);
        time.Advance(UnheardEvents.Longest);
        Assert.Empty(unheard.Due());

        unheard.Unfollow(Samples.Paint, "abc");
        unheard.Expect(Begin("abc"), Host, default);
        time.Advance(UnheardEvents.Longest);
        Assert.Single(unheard.Due());
    }

    [Fact]
    public void Due_AnEventOfNoSession_NeverIs()
    {
        unheard.Expect(Begin(null), Host, default);
        time.Advance(UnheardEvents.Longest);

        Assert.Empty(unheard.Due());
    }

    private LiveEvent Begin(string? session) => new($"ev_{++last}", Samples.Paint, Samples.Ada, null) { Session = session };
}
