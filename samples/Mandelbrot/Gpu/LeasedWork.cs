using System.Net;
using System.Runtime.ExceptionServices;
using Stint.Samples.Mandelbrot.Gpu.Workers;
using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>
/// GPU work on a leased device, in the order in which `spaces` does it:
/// 1 show what the identity token warns of. 2 Wait for a lease. 3 Take a warm worker or start one, which then sends
/// /allow itself. 4 Run. 5 Release, whatever happened; a worker is kept only after a good end.
/// </summary>
internal sealed partial class LeasedWork(DeviceApi api, WarmWorkers warm, ILogger<LeasedWork> log)
{
    public async Task Run(LeaseRequest request, PictureOrder order, Action<Update> tell, CancellationToken gone)
    {
        // 1
        if (request.Token is { } token && IdentityToken.ErrorIn(token) is { } cause)
        {
            tell(new Notice("warning", LeaseTexts.WarningTitle, $"Falling back to IP-based quotas ({cause})"));
        }

        // 2
        var lease = await new LeaseWait(api).For(request, tell, gone);
        if (gone.IsCancellationRequested)
        {
            await Release(lease, fail: false, workerDied: false, tell);
            throw LeaseTexts.LeftOnSuccess;
        }

        // 3 and 4
        Exception? failure = null;
        try
        {
            await RunOnWorker(lease, request.Function, order, tell, gone);
        }
        catch (Exception error)
        {
            failure = error;
        }

        // 5
        await ReleaseAfter(failure, lease, tell);
        switch (failure)
        {
            case null:
                return;
            case WorkerLostException:
                throw new VisitorError(VisitorError.PlainTitle, failure.Message);
            default:
                ExceptionDispatchInfo.Throw(failure);
                break;
        }
    }

    /// <summary>A release that fails after a failed run is only logged: the visitor should see the first cause.</summary>
    private async Task ReleaseAfter(Exception? failure, Lease lease, Action<Update> tell)
    {
        try
        {
            var workerDied = failure is WorkerLostException or OperationCanceledException;
            await Release(lease, fail: failure is not null, workerDied, tell);
        }
        catch (Exception error) when (failure is not null)
        {
            LogSecondFailure(log, error);
        }
    }

    private async Task RunOnWorker(Lease lease, GpuFunction function, PictureOrder order, Action<Update> tell, CancellationToken gone)
    {
        var reused = warm.Take(function, lease);
        var worker = reused ?? Worker.Start(lease);
        try
        {
            await worker.Run(new WorkerOrder(order, reused is null ? lease.AllowToken : null), tell, gone);
        }
        catch
        {
            worker.Dispose();
            throw;
        }

        warm.Keep(function, lease, worker);
    }

    private async Task Release(Lease lease, bool fail, bool workerDied, Action<Update> tell)
    {
        var status = await api.Release(lease.AllowToken, fail);
        switch (status)
        {
            case HttpStatusCode.NoContent:
                tell(new Notice("warning", LeaseTexts.WarningTitle, LeaseTexts.NotUsed));
                break;
            case HttpStatusCode.NotFound when !workerDied:
                LogLateRelease(log);
                break;
            case HttpStatusCode.NotFound:
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                break;
            default:
                throw new VisitorError(VisitorError.PlainTitle, $"ZeroGPU API /release error: {DeviceApi.Name(status)}");
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "ZeroGPU API /release warning: 404 Not Found")]
    private static partial void LogLateRelease(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The release after a failed run failed too.")]
    private static partial void LogSecondFailure(ILogger log, Exception error);
}
