namespace Stint.Bench.Gateway;

/// <summary>nginx with two servers: one that only forwards, and one that first asks at another address who it is.</summary>
internal static class Nginx
{
    /// <param name="plain">The port of the one that only forwards.</param>
    /// <param name="asking">The port of the one that asks <paramref name="hub"/>.</param>
    public static async Task<TiedProcess> StartAsync(string directory, int plain, int asking, int space, int hub)
    {
        await using var template = typeof(Nginx).Assembly.GetManifestResourceStream("nginx.conf")!;
        var config = await new StreamReader(template).ReadToEndAsync();
        foreach (var (name, value) in new[] { ("Directory", directory), ("Plain", $"{plain}"), ("Asking", $"{asking}"), ("Space", $"{space}"), ("Hub", $"{hub}") })
            config = config.Replace($"{{{name}}}", value, StringComparison.Ordinal);
        var file = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(file, config);
        return await TiedProcess.StartAsync(["nginx", "-p", directory, "-c", file], plain, asking);
    }
}
