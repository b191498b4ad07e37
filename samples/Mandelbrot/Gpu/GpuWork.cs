using Stint.Samples.Mandelbrot.Picture;

namespace Stint.Samples.Mandelbrot.Gpu;

/// <summary>Runs one GPU function for one visitor; <c>gone</c> is cancelled when the visitor leaves.</summary>
internal delegate Task GpuWork(LeaseRequest request, PictureOrder order, Action<Update> tell, CancellationToken gone);

/// <summary>The same work without a platform: in this process, on its CPU.</summary>
internal static class LocalWork
{
    public static Task Run(LeaseRequest request, PictureOrder order, Action<Update> tell, CancellationToken gone) =>
        Task.Run(() => Painter.Paint(order, "this computer's CPU", tell, gone), gone);
}
