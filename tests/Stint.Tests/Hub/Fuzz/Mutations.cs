using System.Text;

namespace Stint.Tests.Hub.Fuzz;

/// <summary>What may be done to a valid request. Each knows the part it changes, so that most of what comes out gets past the first check and into the code behind it.</summary>
internal static class Mutations
{
    public static readonly string[] Texts =
    [
        "", " ", "0", "-1", "1", "2147483648", "9223372036854775808", "1e309", "NaN", "null", "true", "undefined", "\u0001", "%00", "%", "%zz", "%0d%0aX: y", "..", "../../etc/passwd", "/", "//", "\\",
        "'", "\"", "' OR 1=1 --", "<script>", "{}", "[]", "a,b", "a;b", "a=b", "ä", "\u00ff\u00fe", "%F0%9F%98%80", "%ff", "hf_", "hf_" + new string('x', 34), "Bearer", "Bearer ", "a.b.c", "..", "ada", "id-ada",
        "anonymous:127.0.0.1", new string('A', 100), new string('A', 3_000), new string('9', 400), "application/json", "text/html", "gzip", "chunked", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999+14:00",
    ];

    private static readonly string[] Methods =
        ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "G\u00cbT", "", "X", new string('M', 300)];

    private static readonly string[] Names =
    [
        "Authorization", "Cookie", "Host", "Origin", "Referer", "Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "TE", "Expect",
        "Upgrade", "Connection", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "X-IP-Token", "x-ip-token", "x_ip_token", "X-HF-Authorization", "x-zerogpu-token", "X-Forwarded-For", "X-Forwarded-Proto",
        "X-Forwarded-Host", "Forwarded", "X-Real-IP", "X-Stint-Wait-Seconds", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Access-Control-Request-Method", "Keep-Alive", "Via",
        "Proxy-Authorization", "X-HTTP-Method-Override", "Date", "Trailer", "Max-Forwards", "Content-Disposition", "Origin", "Service-Worker",
    ];

    /// <summary>From gentle to rough; the gentle ones more often.</summary>
    private static readonly Action<FuzzRequest, Random>[] All =
    [
        Query, Query, Query, Path, Path, Header, Header, Header, OtherHeader, OtherHeader, TwiceAHeader, WithoutAHeader, Body, Body, Body, Body, Method, InChunks, ManyHeaders, LongHeader, LongTarget, OddTarget, OddFraming, Sized, Leaves, InPieces, OddVersion,
    ];

    public static string Any(this Random random, IReadOnlyList<string> of) => of[random.Next(of.Count)];

    public static bool OneIn(this Random random, int chances) => random.Next(chances) == 0;

    /// <returns>What is done to the bytes in the end; null for nothing.</returns>
    public static Func<byte[], byte[]>? Apply(FuzzRequest request, Random random)
    {
        for (var i = random.Next(1, 5); i > 0; i--) All[random.Next(All.Length)](request, random);
        if (!random.OneIn(12)) return null;
        request.IsWhole = false;
        return bytes => Bytes(bytes, random);
    }

    /// <summary>Flipped, cut out, doubled or put in: what no client sends.</summary>
    public static byte[] Bytes(byte[] bytes, Random random)
    {
        for (var i = random.Next(1, 4); i > 0 && bytes.Length > 1; i--)
        {
            var at = random.Next(Math.Min(bytes.Length, 2_000));
            var some = Math.Min(random.Next(1, 20), bytes.Length - at);
            bytes = random.Next(4) switch
            {
                0 => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                1 => [.. bytes[..at], .. bytes[(at + some)..]],
                2 => [.. bytes[..(at + some)], .. bytes[at..]],
                _ => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
            };
        }

        return bytes;
    }

    private static void Query(FuzzRequest request, Random random)
    {
        var parts = request.Target.Split('?', 2);
        var pairs = parts.Length > 1 ? parts[1].Split('&').ToList() : [];
        var at = random.Next(pairs.Count + 1);
        if (at == pairs.Count) pairs.Add($"{random.Any(["a", "path", "next", "token", "limit", "__sign", "code"])}={Escaped(random)}");
        else if (random.OneIn(4)) pairs.RemoveAt(at);
        else if (random.OneIn(4)) pairs.Add(pairs[at]);
        else pairs[at] = $"{pairs[at].Split('=')[0]}={Escaped(random)}";
        request.Target = parts[0] + "?" + string.Join('&', pairs);
    }

    private static string Escaped(Random random) => random.OneIn(3) ? OnTheLine(random.Any(Texts)) : Uri.EscapeDataString(random.Any(Texts));

    /// <summary>As a request line may carry it and still be one.</summary>
    private static string OnTheLine(string text) => string.Concat(text.Where(c => c > ' ' && c < '\u007f'));

    private static void Path(FuzzRequest request, Random random)
    {
        var parts = request.Target.Split('?', 2);
        var steps = parts[0].Split('/').ToList();
        var at = random.Next(1, steps.Count + 1);
        if (at == steps.Count) steps.Add(Escaped(random));
        else if (random.OneIn(5)) steps[at] = random.Next(3) switch { 0 => steps[at].ToUpperInvariant(), 1 => "%" + Convert.ToHexString(Encoding.Latin1.GetBytes(steps[at] + "x")[..1]) + steps[at], _ => steps[at] + "/" };
        else steps[at] = Escaped(random);
        request.Target = string.Join('/', steps) + (parts.Length > 1 ? "?" + parts[1] : "");
    }

    private static void Header(FuzzRequest request, Random random)
    {
        // The first two hold the connection together; they change by the rougher ways.
        if (request.Headers.Count <= 2) { OtherHeader(request, random); return; }
        var at = random.Next(2, request.Headers.Count);
        var (name, value) = (request.Headers[at].Split(':')[0], request.Headers[at][(request.Headers[at].IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        request.Headers[at] = random.Next(5) switch
        {
            0 => $"{name}: {OnTheLine(random.Any(Texts))}",
            1 => $"{name.ToUpperInvariant()}:{value}",
            2 => $"{name}: {value}{random.Any(["A", ",", ";", " x", "\t", "."])}",
            3 when value.Length > 0 => $"{name}: {value[..random.Next(value.Length)]}",
            _ when value.Length > 0 => $"{name}: {value.Remove(random.Next(value.Length), 1)}",
            _ => $"{name}:",
        };
    }

    private static void OtherHeader(FuzzRequest request, Random random)
    {
        var name = random.Any(Names);
        if (name is "Content-Length" or "Transfer-Encoding" or "Upgrade" or "Expect" or "Connection" or "TE") request.IsWhole = false;
        request.Headers.Add($"{name}: {(random.OneIn(3) ? random.Any(Texts).Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal) : OnTheLine(random.Any(Texts)))}");
    }

    private static void TwiceAHeader(FuzzRequest request, Random random)
    {
        if (request.Headers.Count > 0) request.Headers.Add(request.Headers[random.Next(request.Headers.Count)]);
    }

    private static void WithoutAHeader(FuzzRequest request, Random random)
    {
        if (request.Headers.Count > 2) request.Headers.RemoveAt(random.Next(2, request.Headers.Count));
        else if (request.Headers.Count > 0 && random.OneIn(4)) request.Headers.RemoveAt(0);
    }

    private static void Body(FuzzRequest request, Random random) => request.Body = BodyMutations.Of(request.Body, random);

    private static void Method(FuzzRequest request, Random random)
    {
        request.Method = random.Any(Methods);
        request.IsWhole &= request.Method is not ("" or "CONNECT");
    }

    private static void InChunks(FuzzRequest request, Random random)
    {
        if (request.Body.Length == 0) request.Body = Encoding.UTF8.GetBytes(random.Any(Texts));
        (request.Framing, request.Chunks) = (Framing.Chunks, (random.Next(1, 60), random.OneIn(2) ? "" : random.Any([";a", ";a=b", "; a=\"b\"", ";" + new string('x', 200)])));
        // A chunk may carry what the server takes for an end.
        request.IsWhole = false;
    }

    private static void ManyHeaders(FuzzRequest request, Random random)
    {
        if (!random.OneIn(4)) return;
        for (var i = random.Next(20, 150); i > 0; i--) request.Headers.Add($"X-{i}: {i}");
    }

    private static void LongHeader(FuzzRequest request, Random random)
    {
        if (random.OneIn(3)) request.Headers.Add($"{random.Any(Names[10..])}: {new string('h', random.Next(1_000, 40_000))}");
        request.IsWhole = false;
    }

    private static void LongTarget(FuzzRequest request, Random random)
    {
        if (random.OneIn(3)) request.Target += (request.Target.Contains('?', StringComparison.Ordinal) ? "&" : "?") + new string('q', random.Next(500, 9_000));
    }

    private static void OddTarget(FuzzRequest request, Random random)
    {
        if (!random.OneIn(2)) return;
        request.IsWhole = false;
        request.Target = random.Any(["*", "//", "/..", "/%2e%2e/x", "http://x/y", "x", "/\u00e4", "/%", "/%C3%28", "/a b", "https://127.0.0.1/" + request.Target, request.Target.TrimStart('/'), request.Target + "#x", "/%00", "", "/" + new string('/', 500)]);
    }

    private static void OddFraming(FuzzRequest request, Random random)
    {
        if (!random.OneIn(2)) return;
        (request.IsWhole, request.Framing) = (false, Framing.Own);
        request.Headers.Add(random.Any(["Content-Length: 5", "Content-Length: 99999999999999999999", "Content-Length: -1", "Content-Length: 0x5", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, identity", "Content-Length: 1, 2", "Transfer-Encoding:\tchunked"]));
    }

    private static void Sized(FuzzRequest request, Random random)
    {
        if (!random.OneIn(6)) return;
        request.Body = new byte[random.OneIn(12) ? random.Next(1_000_000, 1_100_000) : random.Next(60_000, 70_000)];
        Array.Fill(request.Body, (byte)random.Any(["a", "[", "{", "\"", "&", "=", "%"])[0]);
        // A server that will not read all of it answers and lets go.
        request.IsWhole = false;
    }

    private static void Leaves(FuzzRequest request, Random random)
    {
        if (random.OneIn(3)) request.LeavesAfter = random.Next(1, 600);
    }

    private static void InPieces(FuzzRequest request, Random random)
    {
        if (random.OneIn(3)) request.Pieces = random.Next(2, 5);
    }

    private static void OddVersion(FuzzRequest request, Random random)
    {
        if (random.OneIn(2)) (request.Version, request.IsWhole) = (random.Any(["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "", "HTTP/1.1 x", "http/1.1"]), false);
    }
}
