using System.Globalization;
using Stint.Bench;

// One command, one run, one table: the contenders take turns in every round, and medians over the rounds are compared.
const int Rounds = 5;
const int Lanes = 64;
var length = TimeSpan.FromSeconds(args is [var text, ..] ? double.Parse(text, CultureInfo.InvariantCulture) : 2);
var folder = Directory.CreateTempSubdirectory("stint-bench-").FullName;
try
{
    await using var inProcess = new InProcess(folder, Lanes);
    await inProcess.PrepareAsync();
    using var bare = new BareCommit(folder);
    var rows = new List<(Measured Bare, Measured InProcess)>();
    var warm = await inProcess.RunAsync(length / 2);
    for (var round = 0; round < Rounds; round++)
        rows.Add((await bare.RunAsync(length, warm.BytesEach), await inProcess.RunAsync(length)));
    foreach (var (b, p) in rows)
        Console.WriteLine($"bare {b.PerSecond:0} /s p99 {b.P99Milliseconds:0.00} ms | pairs {p.PerSecond:0} /s p50 {p.P50Milliseconds:0.00} p99 {p.P99Milliseconds:0.00} ms, {p.BytesEach} bytes a pair");
}
finally
{
    Directory.Delete(folder, recursive: true);
}
