using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gpu.Workers;

/// <summary>
/// The other side of <see cref="Worker"/>: takes orders from standard input one after the other, and writes updates
/// to standard output. SIGTERM, or the end of its input, makes it leave.
/// </summary>
internal static class WorkerProgram
{
    public static async Task<int> Run()
    {
        using var leave = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Leave);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Leave);
        await using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();

        // Read while a task runs, so that the death of the app is noticed in the middle of it.
        var orders = Channel.CreateBounded<WorkerOrder>(1);
        _ = Task.Run(() => ReadOrders(input, orders.Writer, leave), CancellationToken.None);
        try
        {
            await foreach (var order in orders.Reader.ReadAllAsync(leave.Token))
            {
                await WorkerPipe.Write(output, await Execute(order, output, leave.Token), leave.Token);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException)
        {
            // Asked to leave, or nobody listens any more.
        }

        return 0;

        void Leave(PosixSignalContext context)
        {
            context.Cancel = true;
            leave.Cancel();
        }
    }

    private static async Task ReadOrders(Stream input, ChannelWriter<WorkerOrder> orders, CancellationTokenSource leave)
    {
        try
        {
            while (await WorkerPipe.Read<WorkerOrder>(input, leave.Token) is { } order)
            {
                await orders.WriteAsync(order, leave.Token);
            }
        }
        finally
        {
            await leave.CancelAsync();
        }
    }

    private static async Task<Update> Execute(WorkerOrder order, Stream output, CancellationToken leave)
    {
        try
        {
            if (order.AllowToken is { } allowToken)
            {
                await Allow(allowToken);
            }

            var device = Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES");
            var where = $"device {device}, worker {Environment.ProcessId}";
            // The updates of one task come from one flow of control, so waiting for the pipe here holds up only that.
            await Painter.Paint(order.Picture, where, update => WorkerPipe.Write(output, update, leave).GetAwaiter().GetResult(), leave);
            return new Finished();
        }
        catch (VisitorError error)
        {
            return new Failed(error.Title, error.Message);
        }
        catch (Exception error) when (error is not (OperationCanceledException or IOException))
        {
            await Console.Error.WriteLineAsync(error.ToString());
            return new Failed(VisitorError.PlainTitle, error.Message);
        }
    }

    private static async Task Allow(string allowToken)
    {
        var settings = ZeroGpuSettings.FromEnvironment() ?? throw new InvalidOperationException("A worker needs the device API.");
        using var api = new DeviceApi(settings);
        var status = await api.Allow(allowToken, Environment.ProcessId);
        if (status != HttpStatusCode.OK)
        {
            throw new InvalidOperationException($"ZeroGPU API /allow error: {DeviceApi.Name(status)}");
        }
    }
}
