using Stint.Hub.Engine;
using Xunit;

namespace Stint.Tests.Hub.Engine;

public sealed class InboxTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Inbox<int> inbox = new(3);

    [Fact]
    public void Put_PastTheCapacity_IsRefusedUntilSomethingIsTaken()
    {
        Assert.Equal([true, true, true, false], new[] { 1, 2, 3, 4 }.Select(inbox.TryPut));
        Assert.Equal([1, 2], Taken(most: 2));
        Assert.True(inbox.TryPut(5));
        Assert.Equal([3, 5], Taken(most: 9));
    }

    [Fact]
    public void Take_WhenTheTimeIsOverFirst_FindsNothing()
    {
        Assert.Empty(Taken(most: 9, TimeSpan.FromMilliseconds(1)));
        Assert.Empty(Taken(most: 9, TimeSpan.FromMilliseconds(-1)));
    }

    [Fact]
    public async Task Take_ThatSleeps_WakesWhenSomethingComes()
    {
        var back = new Inbox<int>(1);
        var echo = Task.Run(() =>
        {
            var batch = new List<int>();
            for (; inbox.Take(batch, 9, null); batch.Clear()) back.TryPut(batch[0]);
        });
        // Whoever has to answer before the next comes is asleep by then, nearly each time.
        var asked = Task.Run(() =>
        {
            var answer = new List<int>();
            for (var i = 0; i < 500; i++, answer.Clear())
            {
                Assert.True(inbox.TryPut(i));
                Assert.True(back.Take(answer, 1, null));
                Assert.Equal([i], answer);
            }
        });
        await asked.WaitAsync(Patience);
        inbox.Close();
        await echo.WaitAsync(Patience);
    }

    [Fact]
    public async Task Take_ThatSleeps_EndsWhenItIsClosed()
    {
        var batch = new List<int>();
        var more = Task.Run(() => inbox.Take(batch, 9, null));
        inbox.Close();
        Assert.False(await more.WaitAsync(Patience));
        Assert.False(inbox.TryPut(1));
    }

    [Fact]
    public void Rest_OfWhatWasClosed_IsWhatNobodyTook()
    {
        inbox.TryPut(1);
        inbox.TryPut(2);
        inbox.Close();
        Assert.False(inbox.Take([], 9, null));
        Assert.Equal([1, 2], inbox.Rest());
        Assert.Empty(inbox.Rest());
    }

    private List<int> Taken(int most, TimeSpan? within = default)
    {
        var batch = new List<int>();
        Assert.True(inbox.Take(batch, most, within));
        return batch;
    }
}
