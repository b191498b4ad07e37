namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// Passes a stream of server-sent events on, message by message, to whoever wants to see each whole before it goes: what is
/// not replaced goes on byte for byte. A message longer than <see cref="LongestMessage"/> is shown by its beginning and cannot
/// be replaced, so memory stays bounded.
/// </summary>
/// <param name="see">Gets a message with its end, or the beginning of one that is too long; returns what goes in its place, or null.</param>
internal sealed class MessageStream(Stream inner, Func<ReadOnlyMemory<byte>, bool, byte[]?> see) : Stream
{
    public const int LongestMessage = 1024 * 1024;

    private byte[] held = new byte[4096];
    private int length;
    private int searched;
    private bool inLongMessage;

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Hold(buffer.Span);
        while (NextEnd() is { } end)
        {
            var message = held.AsMemory(0, end);
            var instead = inLongMessage ? null : see(message, true);
            await inner.WriteAsync(instead ?? message, cancellationToken).ConfigureAwait(false);
            inLongMessage = false;
            Drop(end);
        }

        if (inLongMessage || length > LongestMessage) await PassBeginningAsync(cancellationToken).ConfigureAwait(false);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <summary>What was sent without an end: an upstream that broke off.</summary>
    public async Task CompleteAsync()
    {
        if (length > 0) await inner.WriteAsync(held.AsMemory(0, length)).ConfigureAwait(false);
        length = 0;
    }

    public override void Flush() => throw new NotSupportedException("written asynchronously only");
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("written asynchronously only");

    private async Task PassBeginningAsync(CancellationToken cancellationToken)
    {
        if (!inLongMessage) see(held.AsMemory(0, length), false);
        inLongMessage = true;
        // The last bytes may be the first half of a message's end.
        var passed = Math.Max(0, length - 3);
        await inner.WriteAsync(held.AsMemory(0, passed), cancellationToken).ConfigureAwait(false);
        Drop(passed);
    }

    private void Hold(ReadOnlySpan<byte> more)
    {
        if (held.Length - length < more.Length) Array.Resize(ref held, Math.Max(held.Length * 2, length + more.Length));
        more.CopyTo(held.AsSpan(length));
        length += more.Length;
    }

    /// <summary>Just past the first empty line; null where none has come yet.</summary>
    private int? NextEnd()
    {
        for (var from = Math.Max(0, searched - 3); ;)
        {
            var at = held.AsSpan(from, length - from).IndexOf((byte)'\n');
            if (at < 0) break;
            at += from;
            if (at + 1 < length && held[at + 1] == '\n') return at + 2;
            if (at + 2 < length && held[at + 1] == '\r' && held[at + 2] == '\n') return at + 3;
            from = at + 1;
        }

        searched = length;
        return null;
    }

    private void Drop(int count)
    {
        Buffer.BlockCopy(held, count, held, 0, length - count);
        length -= count;
        searched = 0;
    }
}
