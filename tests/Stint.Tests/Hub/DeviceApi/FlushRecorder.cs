using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Stint.Tests.Hub.DeviceApi;

/// <summary>Stands between the server and the socket and keeps each thing that was sent at once, which a socket's reader cannot tell.</summary>
internal sealed class FlushRecorder(ConcurrentQueue<string> sent)
{
    public ConnectionDelegate Around(ConnectionDelegate next) => connection =>
    {
        connection.Transport = new Transport(connection.Transport.Input, new Writer(connection.Transport.Output, sent));
        return next(connection);
    };

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Writer(PipeWriter inner, ConcurrentQueue<string> sent) : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> pending = new();

        public override void Advance(int bytes) => pending.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => pending.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => pending.GetSpan(sizeHint);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (pending.WrittenCount == 0) return await inner.FlushAsync(cancellationToken);
            sent.Enqueue(Encoding.ASCII.GetString(pending.WrittenSpan));
            var bytes = pending.WrittenSpan.ToArray();
            pending.ResetWrittenCount();
            return await inner.WriteAsync(bytes, cancellationToken);
        }
    }
}
