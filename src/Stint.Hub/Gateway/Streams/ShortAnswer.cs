namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// Passes a short answer of known length on in one piece, however many pieces it comes in: sending costs more than holding.
/// One that breaks off before its end is not passed on at all.
/// </summary>
internal sealed class ShortAnswer(Stream inner, int length) : Stream
{
    /// <summary>Shorter ones come in one piece by themselves.</summary>
    public const int Least = 2 * 1024;

    /// <summary>Longer ones pass as they come: somebody may want to see their beginning.</summary>
    public const int Most = 32 * 1024;

    private readonly byte[] held = new byte[length];
    private int count;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > held.Length - count) throw new InvalidOperationException("an answer is longer than it was announced");
        buffer.CopyTo(held.AsMemory(count));
        count += buffer.Length;
        return count == held.Length ? inner.WriteAsync(held, cancellationToken) : ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => count == held.Length ? inner.FlushAsync(cancellationToken) : Task.CompletedTask;
    public override void Flush() => throw new NotSupportedException();
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("written asynchronously only");
}
