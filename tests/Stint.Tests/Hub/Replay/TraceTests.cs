using Stint.Hub.Replay;
using Xunit;

namespace Stint.Tests.Hub.Replay;

public sealed class TraceTests
{
    [Fact]
    public void Read_OfAnyOrder_BeginsWithTheFirstArrival()
    {
        var trace = Traces.Read("model,gpu_s,arrival_s,identity,outcome\nm1,2.5,30,b,FAILED\n\nm2,1,10.0004,a,SUCCEED\n");
        Assert.Equal(["account:a", "account:b"], trace.Requests.Select(request => request.Identity.Value));
        Assert.Equal([0, 20_000], trace.Requests.Select(request => (long)request.Arrival.TotalMilliseconds));
        Assert.Equal([false, true], trace.Requests.Select(request => request.Failed));
        Assert.Equal((TimeSpan.FromSeconds(3.5), TimeSpan.FromSeconds(20), 2), (trace.GpuTime, trace.Span, trace.People));
    }

    [Theory]
    [InlineData("", "t.csv is empty")]
    [InlineData("arrival_s,identity,model\n0,a,m\n", "line 1: no column gpu_s")]
    [InlineData("arrival_s,identity,model,gpu_s\n", "no request")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,a,m,1\nsoon,a,m,1\n", "line 3: arrival_s is 'soon', expected seconds")]
    [InlineData("arrival_s,identity,model,gpu_s\n-1,a,m,1\n", "line 2: arrival_s is '-1'")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,a,m,NaN\n", "line 2: gpu_s is 'NaN'")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,a,m,0\n", "line 2: gpu_s is 0; a run lasts longer than nothing")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,a,m,100000\n", "line 2: gpu_s is '100000'")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,,m,1\n", "line 2: identity is empty")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,a,m,1,9\n", "line 2: 5 fields where the first line names 4 columns")]
    [InlineData("arrival_s,identity,model,gpu_s\n0,\"a\",m,1\n", "line 2: quoted fields are not read")]
    public void Read_OfWhatIsNoTrace_SaysWhereAndWhy(string csv, string says)
    {
        Assert.Contains(says, Assert.Throws<TraceFormatException>(() => Traces.Read(csv)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(60, 60)]
    [InlineData(60.001, 120)]
    [InlineData(300, 300)]
    [InlineData(600, 600)]
    [InlineData(600.5, 601)]
    public void Declared_OfARun_IsTheSmallestUsualDurationNotBelowIt(double run, long declared) =>
        Assert.Equal(TimeSpan.FromSeconds(declared), Traces.Of((0, "a", run)).Requests[0].Declared);

    [Fact]
    public void Workload_OfSimultaneousRequests_IsShuffledByItsSeedAlone()
    {
        var trace = Traces.Of([.. Enumerable.Range(0, 20).Select(i => (5.0, "p" + i, 1.0))]);
        string Order(int seed) => string.Join(' ', Workload.Of(trace, 1, seed).Courses.Select(course => course.Request.Identity));
        Assert.Equal(Order(3), Order(3));
        Assert.NotEqual(Order(3), Order(4));
    }

    [Fact]
    public void Overlap_OfAWorkload_IsTheMostRunsAtOnce() =>
        Assert.Equal(2, Workload.Of(Traces.Of((0, "a", 10), (5, "b", 10), (15, "c", 10), (20, "d", 1))).Overlap());
}
