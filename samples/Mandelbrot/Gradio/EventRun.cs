using System.Diagnostics;
using System.Text.Json.Nodes;
using Stint.Samples.Mandelbrot.Files;
using Stint.Samples.Mandelbrot.Gpu;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gradio;

/// <summary>One run of an event: turns the updates of the work into messages, and its end into the last message.</summary>
internal sealed partial class EventRun(GradioEvent running, FileShelf shelf, ILogger log)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private JsonArray? _latest;

    public async Task Run(GpuWork work)
    {
        running.Tell(Messages.Starts(running.Id));
        try
        {
            await work(running.Request.Lease, running.Request.Order(), Tell, running.Gone);
            running.Complete(Messages.Completed(running.Id, _latest ?? [null, null], _clock.Elapsed));
        }
        catch (VisitorError error)
        {
            running.Complete(Messages.Failed(running.Id, error.Title, error.Message));
        }
        catch (OperationCanceledException) when (running.Gone.IsCancellationRequested)
        {
            running.Complete(Messages.Cancelled(running.Id));
        }
        catch (Exception error)
        {
            LogFailure(log, running.Request.Lease.Function.Name, error);
            running.Complete(Messages.Failed(running.Id, VisitorError.PlainTitle, error.Message));
        }
    }

    private void Tell(Update update)
    {
        switch (update)
        {
            case Notice notice:
                running.Tell(Messages.Log(running.Id, notice));
                break;
            case Progress progress:
                running.Tell(Messages.Progress(running.Id, progress));
                break;
            case Frame frame:
                Show(frame);
                break;
        }
    }

    private void Show(Frame frame)
    {
        var first = _latest is null;
        var picture = shelf.Add("mandelbrot.png", frame.Png);
        _latest = [FileReference(picture), frame.Text];
        if (running.Request.Lease.Function.Streams)
        {
            var sent = (JsonArray)_latest.DeepClone();
            running.Tell(Messages.Generating(running.Id, first || running.Request.Simple ? sent : AsDifference(sent), _clock.Elapsed));
        }
    }

    /// <summary>After the first frame the protocol wants changes: here always "replace the whole value".</summary>
    private static JsonArray AsDifference(JsonArray values) =>
        new([.. values.Select(value => (JsonNode)new JsonArray(new JsonArray("replace", new JsonArray(), value?.DeepClone())))]);

    /// <summary>Gradio's FileData.</summary>
    private JsonObject FileReference(ShelvedFile file) => new()
    {
        ["path"] = file.Path,
        ["url"] = $"{running.Request.Root}/gradio_api/file={file.Path}",
        ["size"] = file.Length,
        ["orig_name"] = file.Name,
        ["mime_type"] = "image/png",
        ["is_stream"] = false,
        ["meta"] = new JsonObject { ["_type"] = "gradio.FileData" },
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "A run of {Function} failed.")]
    private static partial void LogFailure(ILogger log, string function, Exception error);
}
