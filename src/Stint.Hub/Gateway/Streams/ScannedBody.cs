namespace Stint.Hub.Gateway.Streams;

/// <summary>A request's body that is too long to be looked at before it is forwarded, looked at while it passes. Its last bytes go on only when what it says is known.</summary>
internal sealed class ScannedBody(Stream inner, Func<JoinScan, Task> known) : Stream
{
    private readonly JoinScan scan = new();
    private bool isKnown;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (isKnown) return count;
        scan.Read(buffer.Span[..count]);
        if (!scan.IsOver) return count;
        isKnown = true;
        await known(scan).ConfigureAwait(false);
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
