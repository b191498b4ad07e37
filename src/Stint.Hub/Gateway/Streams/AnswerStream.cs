namespace Stint.Hub.Gateway.Streams;

/// <summary>Passes a short answer on as it comes; each time it shows what has come so far, before any reader could have it, until that was enough.</summary>
/// <param name="see">True once it has seen what it looks for.</param>
internal sealed class AnswerStream(Stream inner, Func<ReadOnlyMemory<byte>, bool> see) : Stream
{
    private const int Most = 64 * 1024;
    private MemoryStream? copy;
    private bool hasSeen;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        hasSeen = hasSeen || Look(buffer);
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);
    public override void Flush() => throw new NotSupportedException("written asynchronously only");
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("written asynchronously only");

    /// <summary>True once enough was seen, or more has come than is worth looking at. An answer that comes in one piece is not copied.</summary>
    private bool Look(ReadOnlyMemory<byte> more)
    {
        if (copy is null && see(more)) return true;
        copy ??= new MemoryStream();
        if (copy.Length + more.Length > Most) return true;
        copy.Write(more.Span);
        return copy.Length > more.Length && see(copy.GetBuffer().AsMemory(0, (int)copy.Length));
    }
}
