using System.Runtime.ExceptionServices;

namespace Stint.Hub.Gateway.Streams;

/// <summary>A look at a request's body before it is forwarded, bounded; what was read is replayed, so the Space gets all of it, unchanged.</summary>
internal static class PeekedBody
{
    /// <summary>The whole body; null where it is longer than <paramref name="most"/>.</summary>
    /// <exception cref="IOException">When it breaks off or is none; whoever reads it after that hears the same.</exception>
    public static async Task<ReadOnlyMemory<byte>?> PeekAsync(HttpContext context, int most)
    {
        if (context.Request.ContentLength > most) return null;
        var body = context.Request.Body;
        try
        {
            return await PeekAsync(context, body, most).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The server's own reader says of a second read only that there was a first, which looks like a fault of ours.
            context.Request.Body = new Broken(ExceptionDispatchInfo.Capture(e));
            throw;
        }
    }

    private static async Task<ReadOnlyMemory<byte>?> PeekAsync(HttpContext context, Stream body, int most)
    {
        var buffer = new byte[Math.Min(most, context.Request.ContentLength ?? 4096) + 1];
        var length = 0;
        while (true)
        {
            var read = await body.ReadAsync(buffer.AsMemory(length), CancellationToken.None).ConfigureAwait(false);
            length += read;
            if (read == 0)
            {
                context.Request.Body = new MemoryStream(buffer, 0, length, writable: false);
                return buffer.AsMemory(0, length);
            }

            if (length < buffer.Length) continue;
            if (length > most)
            {
                context.Request.Body = new Replay(buffer.AsMemory(0, length), body);
                return null;
            }

            Array.Resize(ref buffer, Math.Min(most + 1, buffer.Length * 2));
        }
    }

    private sealed class Replay(ReadOnlyMemory<byte> first, Stream rest) : ReadOnce
    {
        private ReadOnlyMemory<byte> first = first;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (first.Length == 0) return rest.ReadAsync(buffer, cancellationToken);
            var count = Math.Min(first.Length, buffer.Length);
            first[..count].CopyTo(buffer);
            first = first[count..];
            return ValueTask.FromResult(count);
        }
    }

    private sealed class Broken(ExceptionDispatchInfo how) : ReadOnce
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            how.Throw();
            return default;
        }
    }

    private abstract class ReadOnce : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
