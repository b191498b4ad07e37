using System.Diagnostics;

namespace Stint.Prove.Crashes;

/// <summary>Kills, full disks, failing fsyncs and flipped bytes, each followed by an audit. Stops at the first that leaves something wrong.</summary>
/// <param name="say">Hears how it goes.</param>
internal sealed class CrashCampaign(int seed, Action<string> say)
{
    private const int KillsADirectory = 40;
    private const int MostTriesMore = 20;
    private readonly Random random = new(seed);

    /// <summary>What is wrong; null where nothing is.</summary>
    public string? Kills(int kills)
    {
        var clock = Stopwatch.StartNew();
        var answers = 0;
        for (var done = 0; done < kills;)
        {
            using var victim = new Victim();
            for (var i = 0; i < KillsADirectory && done < kills; i++, done++)
                if (victim.Kill(Moment(done)) is { } wrong) return $"kill {done + 1} (seed {seed}): {wrong}";
            answers += victim.Answers;
            say($"{done} of {kills} kills, {answers:N0} answers kept, {clock.Elapsed.TotalSeconds:0} s; {victim.Audit()}");
        }

        return null;
    }

    /// <summary>The disk is full again and again, and has room again in between.</summary>
    public string? FullDisks(int times)
    {
        using var victim = new Victim();
        // On a machine that is busy itself, little is written before the kill: then once more.
        for (var i = 0; i < times || (victim.Failed == 0 && i < times + MostTriesMore); i++)
        {
            var bytes = random.Next(100, 900) * 1024L;
            if (victim.Kill(TimeSpan.FromMilliseconds(300), start => Faults.FullDisk(start, bytes)) is { } full) return $"disk full at {bytes} bytes (seed {seed}): {full}";
            if (victim.Kill(TimeSpan.FromMilliseconds(100)) is { } after) return $"room again after a full disk (seed {seed}): {after}";
        }

        say($"{times} full disks: {victim.Failed:N0} commits failed and were told so; {victim.Audit()}");
        return victim.Failed > 0 ? null : "no disk was ever full";
    }

    public string? FailingFsyncs(int times)
    {
        using var victim = new Victim();
        using var tools = new Tools();
        for (var i = 0; i < times; i++)
        {
            if (Faults.FailingFsync(tools.Folder, random.Next(3, 60)) is not { } wrap)
            {
                say("there is no gcc here: failing fsyncs were left out");
                return null;
            }

            if (victim.Kill(TimeSpan.FromMilliseconds(400), wrap) is { } wrong) return $"failing fsync (seed {seed}): {wrong}";
            if (victim.Kill(TimeSpan.FromMilliseconds(100)) is { } after) return $"after a failing fsync (seed {seed}): {after}";
        }

        say($"{times} disks whose fsync fails; {victim.Audit()}");
        return null;
    }

    public string? Damages(int copies)
    {
        using var victim = new Victim();
        if (victim.Kill(TimeSpan.FromMilliseconds(800)) is { } wrong) return wrong;
        // Once more and unread: so that its journal is still there.
        victim.KillUnread(TimeSpan.FromMilliseconds(300));
        var (sound, named, unnamed) = Damage.Try(victim.Folder, copies, random);
        say($"{copies} copies with flipped bytes: {sound} are sound all the same, {named} are named and not served");
        return unnamed;
    }

    /// <summary>Mostly in the middle of the work, and now and then before it has begun.</summary>
    private TimeSpan Moment(int kill) => kill % 10 == 0 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(random.Next(150_000));

    private sealed class Tools : IDisposable
    {
        public string Folder { get; } = Directory.CreateTempSubdirectory("stint-fault-").FullName;

        public void Dispose() => Directory.Delete(Folder, recursive: true);
    }
}
