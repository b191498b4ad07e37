using System.Net.Sockets;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text;

namespace Stint.Bench.Ledgers;

/// <summary>
/// A connection to Redis that all callers share: what they send while one write is under way goes out together with the
/// next, and answers come back in the order of the calls. Nothing else, so that nothing slows it down.
/// </summary>
internal sealed class RespConnection : IAsyncDisposable
{
    private Socket socket = NewSocket();
    private readonly ConcurrentQueue<TaskCompletionSource<string>> waiting = new();
    private readonly Lock gate = new();
    private readonly SemaphoreSlim hasWork = new(0);
    private ArrayBufferWriter<byte> outgoing = new(1 << 20);
    private ArrayBufferWriter<byte> sending = new(1 << 20);

    public async Task ConnectAsync(string path)
    {
        // A socket that could not connect is of no more use.
        socket.Dispose();
        socket = NewSocket();
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        _ = Task.Run(SendAsync);
        _ = Task.Run(ReceiveAsync);
    }

    public Task<string> CallAsync(params ReadOnlySpan<string> words)
    {
        var answer = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool wasEmpty;
        lock (gate)
        {
            wasEmpty = outgoing.WrittenCount == 0;
            WriteLength((byte)'*', words.Length);
            foreach (var word in words)
            {
                WriteLength((byte)'$', Encoding.UTF8.GetByteCount(word));
                Encoding.UTF8.GetBytes(word, outgoing);
                outgoing.Write("\r\n"u8);
            }

            waiting.Enqueue(answer);
        }

        if (wasEmpty) hasWork.Release();
        return answer.Task;
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        hasWork.Dispose();
        return ValueTask.CompletedTask;
    }

    private static Socket NewSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private void WriteLength(byte kind, int length)
    {
        var span = outgoing.GetSpan(16);
        span[0] = kind;
        Utf8Formatter.TryFormat(length, span[1..], out var written);
        span[written + 1] = (byte)'\r';
        span[written + 2] = (byte)'\n';
        outgoing.Advance(written + 3);
    }

    private async Task SendAsync()
    {
        while (true)
        {
            await hasWork.WaitAsync();
            lock (gate) (outgoing, sending) = (sending, outgoing);
            await socket.SendAsync(sending.WrittenMemory);
            sending.ResetWrittenCount();
        }
    }

    private async Task ReceiveAsync()
    {
        var reader = PipeReader.Create(new NetworkStream(socket), new StreamPipeReaderOptions(bufferSize: 1 << 16));
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            while (TryReadLine(ref buffer, out var line))
            {
                // A text comes after a line with its length.
                if (line[0] == '$') continue;
                waiting.TryDequeue(out var answer);
                if (line[0] == '-') answer!.SetException(new InvalidOperationException(line));
                else answer!.SetResult(line);
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted) return;
        }
    }

    /// <summary>Answers of one line are all that the benchmark's calls have.</summary>
    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, out string line)
    {
        line = "";
        if (buffer.PositionOf((byte)'\n') is not { } end) return false;
        line = Encoding.ASCII.GetString(buffer.Slice(0, end)).TrimEnd('\r');
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return true;
    }
}
