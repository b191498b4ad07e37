using System.Buffers.Binary;
using System.Text.Json;

namespace Stint.Samples.Mandelbrot.Gpu.Workers;

/// <summary>Messages over a pipe: four bytes of length, little-endian, then JSON.</summary>
internal static class WorkerPipe
{
    private const int LongestMessage = 32 * 1024 * 1024;

    public static async Task Write<T>(Stream pipe, T message, CancellationToken stop)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(message);
        var framed = new byte[4 + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(framed, json.Length);
        json.CopyTo(framed, 4);
        await pipe.WriteAsync(framed, stop);
        await pipe.FlushAsync(stop);
    }

    /// <summary>The next message, or null when the other side has closed the pipe or died.</summary>
    public static async Task<T?> Read<T>(Stream pipe, CancellationToken stop)
        where T : class
    {
        var head = new byte[4];
        if (await pipe.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop) < head.Length)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 0 or > LongestMessage)
        {
            throw new InvalidDataException($"A message of {length} bytes is not possible in this pipe.");
        }

        var json = new byte[length];
        return await pipe.ReadAtLeastAsync(json, length, throwOnEndOfStream: false, stop) < length
            ? null
            : JsonSerializer.Deserialize<T>(json);
    }
}
