using System.Diagnostics;
using System.Reflection;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gpu.Workers;

/// <summary>What the app asks of a worker; the allow token comes only with a worker's first task.</summary>
internal sealed record WorkerOrder(PictureOrder Picture, string? AllowToken);

/// <summary>The worker died before it said how its task ended.</summary>
internal sealed class WorkerLostException() : Exception(LeaseTexts.Aborted);

/// <summary>
/// A process of its own that does the GPU work, because that is what the platform can stop: at the end of a lease it
/// kills this process and nothing else. It is this same program, started with <c>--worker</c>; when its
/// standard input closes, it ends.
/// </summary>
internal sealed class Worker : IDisposable
{
    public const string Argument = "--worker";

    private readonly Process _process;

    private Worker(Process process) => _process = process;

    public bool IsAlive => !_process.HasExited;

    public static Worker Start(Lease lease)
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("This program does not know where it lies.");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        }

        start.ArgumentList.Add(Argument);
        start.Environment["CUDA_VISIBLE_DEVICES"] = lease.NvidiaUUID;
        return new Worker(Process.Start(start) ?? throw new InvalidOperationException("The worker did not start."));
    }

    /// <summary>Runs one task to its end. Cancelling kills the process: the task may be deep in work that cannot be asked to stop.</summary>
    public async Task Run(WorkerOrder order, Action<Update> tell, CancellationToken gone)
    {
        await using var kill = gone.Register(Kill);
        try
        {
            await WorkerPipe.Write(_process.StandardInput.BaseStream, order, CancellationToken.None);
            while (await WorkerPipe.Read<Update>(_process.StandardOutput.BaseStream, CancellationToken.None) is { } update)
            {
                switch (update)
                {
                    case Finished:
                        return;
                    case Failed failed:
                        throw new VisitorError(failed.Title, failed.Text);
                    default:
                        tell(update);
                        break;
                }
            }
        }
        catch (IOException)
        {
            // A broken pipe is a dead worker, like the end of the stream.
        }

        gone.ThrowIfCancellationRequested();
        throw new WorkerLostException();
    }

    /// <summary>
    /// Lets the worker end by itself. `spaces` only forgets a worker that it does not want any more and leaves the
    /// killing to the platform; closing the pipe costs nothing and leaks nothing.
    /// </summary>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is dead already.
        }

        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended in this moment.
        }
    }
}
