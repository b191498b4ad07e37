namespace Stint.Hub.Gateway.Streams;

/// <summary>Passes a short answer on as it comes; each time it shows what has come so far, before any reader could have it.</summary>
internal sealed class AnswerStream(Stream inner, Action<ReadOnlyMemory<byte>> see) : Stream
{
    private const int Most = 64 * 1024;
    private readonly MemoryStream copy = new();

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (copy.Length + buffer.Length <= Most)
        {
            copy.Write(buffer.Span);
            see(copy.GetBuffer().AsMemory(0, (int)copy.Length));
        }

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
}
