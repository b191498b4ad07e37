using System.Diagnostics;
using System.Globalization;
using Stint.EndToEnd.Harness;
using Xunit;

namespace Stint.EndToEnd.Seed;

/// <summary>A real nginx between a visitor and an address of the hub's, that changes some headers as somebody once configured it to.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private readonly string folder = Directory.CreateTempSubdirectory("stint-nginx-").FullName;
    private readonly Process process;

    private Nginx(Uri upstream, IEnumerable<(string Name, string Value)> headers)
    {
        var port = FreePorts.Next();
        Address = new Uri($"http://127.0.0.1:{port}");
        File.WriteAllText(Path.Combine(folder, "nginx.conf"), Configuration(port, upstream, headers));
        process = OtherProcess.Start(new ProcessStartInfo(Program, ["-p", folder, "-c", Path.Combine(folder, "nginx.conf"), "-e", "stderr", "-g", "daemon off;"]) { RedirectStandardError = true });
    }

    /// <summary>Why it cannot run here; null where it can.</summary>
    public static string? WhyNot { get; } = File.Exists(Program) ? null : $"no {Program} here: install nginx";

    /// <summary>Where it is reached instead.</summary>
    public Uri Address { get; }

    /// <param name="headers">What it sends on in their place; empty for nothing at all.</param>
    public static async Task<Nginx> StartAsync(Uri upstream, params (string Name, string Value)[] headers)
    {
        var nginx = new Nginx(upstream, headers);
        using var http = new HttpClient();
        await Eventually.True(async () => await AnswersAsync(http, nginx.Address), says: "nginx answers");
        return nginx;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>As docs/operating/addresses.md asks for it, but for what it does to these headers.</summary>
    private string Configuration(int port, Uri upstream, IEnumerable<(string Name, string Value)> headers)
    {
        var changed = string.Concat(headers.Select(header => $"proxy_set_header {header.Name} \"{header.Value}\"; "));
        var folders = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(name => $"{name}_temp_path {folder}/{name}; "));
        return string.Create(CultureInfo.InvariantCulture, $$"""
            worker_processes 1;
            pid {{folder}}/nginx.pid;
            events { }
            http {
              access_log off; {{folders}}
              server {
                listen 127.0.0.1:{{port}};
                location / {
                  proxy_pass {{upstream.GetLeftPart(UriPartial.Authority)}};
                  proxy_http_version 1.1; proxy_buffering off; proxy_request_buffering off;
                  proxy_set_header Host {{upstream.Authority}};
                  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
                  {{changed}}
                }
              }
            }
            """);
    }

    private static async Task<bool> AnswersAsync(HttpClient http, Uri address)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(address, "/"));
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <summary>A test with a real nginx; skipped, with the reason, where it is missing.</summary>
internal sealed class NginxFactAttribute : FactAttribute
{
    public NginxFactAttribute() => Skip = Nginx.WhyNot;
}
