using System.CommandLine;
using Stint.Hub.Store;

namespace Stint.Hub.Commands;

/// <summary><c>stint up</c>: serves a hub until it is told to stop.</summary>
internal static class UpCommand
{
    /// <param name="serve">Serves until the token is cancelled; returns the exit code.</param>
    public static Command Create(Option<string> directory, Func<HubOptions, CancellationToken, Task<int>> serve)
    {
        var port = new Option<int?>("--port") { Description = "The port people and programs use (default 7860)." };
        var config = new Option<FileInfo?>("--config") { Description = "A stint.json with further options; this command's own win over it." };
        var demo = new Option<bool>("--demo") { Description = "Adds accounts ada (pro) and bob (free) and the Space demo/mandelbrot, and writes demo.json into the data directory. This machine only." };
        var command = new Command("up", "Serves a hub: people on one port, Spaces' GPU requests on another. Stops cleanly on Ctrl-C.") { port, config, demo };
        command.SetAction(async (parsed, stopping) =>
        {
            try
            {
                var read = HubOptions.Read(parsed.GetValue(config)?.FullName);
                var options = read with
                {
                    Directory = Path.GetFullPath(parsed.GetValue(directory)!),
                    Port = parsed.GetValue(port) ?? read.Port,
                    Demo = parsed.GetValue(demo),
                };
                if (options.Problem() is { } problem) throw new OptionsException(problem);
                return await serve(options, stopping);
            }
            catch (Exception e) when (e is OptionsException or HubDirectoryException)
            {
                await Console.Error.WriteLineAsync("stint: " + e.Message);
                return 1;
            }
        });
        return command;
    }
}
