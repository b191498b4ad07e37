using System.Globalization;
using System.Text;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>How the body says where it ends.</summary>
internal enum Framing { Length, Chunks, Own }

/// <summary>A request while it is being made up: first a valid one, then what <see cref="Mutations"/> makes of it. Text is Latin-1, so that any byte can be sent.</summary>
internal sealed class FuzzRequest(string method, string target, string host)
{
    public string Method { get; set; } = method;
    public string Target { get; set; } = target;
    public string Version { get; set; } = "HTTP/1.1";
    public List<string> Headers { get; } = [$"Host: {host}", "Connection: close"];
    public byte[] Body { get; set; } = [];
    public Framing Framing { get; set; }

    /// <summary>Where chunks are cut, and what stands behind their lengths.</summary>
    public (int Size, string Extension) Chunks { get; set; } = (100, "");

    /// <summary>False once a server may rightly wait for more than is sent, or for nothing at all.</summary>
    public bool IsWhole { get; set; } = true;

    /// <summary>Only so many bytes are sent, and then the client goes away.</summary>
    public int? LeavesAfter { get; set; }

    /// <summary>Sent in pieces, with a pause between each.</summary>
    public int Pieces { get; set; } = 1;

    public FuzzRequest With(params string[] headers)
    {
        Headers.AddRange(headers);
        return this;
    }

    public FuzzRequest Json(string text)
    {
        Body = Encoding.UTF8.GetBytes(text);
        return With("Content-Type: application/json");
    }

    public FuzzRequest Form(params (string Name, string Value)[] fields)
    {
        Body = Encoding.ASCII.GetBytes(string.Join('&', fields.Select(field => $"{field.Name}={Uri.EscapeDataString(field.Value)}")));
        return With("Content-Type: application/x-www-form-urlencoded");
    }

    /// <param name="raw">What is done to the bytes themselves at the end; null for nothing.</param>
    public byte[] ToBytes(Func<byte[], byte[]>? raw = null)
    {
        var head = new StringBuilder($"{Method} {Target} {Version}\r\n");
        foreach (var header in Headers) head.Append(header).Append("\r\n");
        if (Framing == Framing.Chunks) head.Append("Transfer-Encoding: chunked\r\n");
        if (Framing == Framing.Length && (Body.Length > 0 || Method is "POST" or "PUT")) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        byte[] bytes = [.. Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), .. Framing == Framing.Chunks ? Chunked() : Body];
        return raw is null ? bytes : raw(bytes);
    }

    private byte[] Chunked()
    {
        var bytes = new MemoryStream();
        foreach (var chunk in Body.Chunk(Math.Max(1, Chunks.Size)))
        {
            bytes.Write(Encoding.Latin1.GetBytes($"{chunk.Length:x}{Chunks.Extension}\r\n"));
            bytes.Write(chunk);
            bytes.Write("\r\n"u8);
        }

        bytes.Write("0\r\n\r\n"u8);
        return bytes.ToArray();
    }
}
