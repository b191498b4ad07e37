using System.Security.Cryptography;
using Stint.Hub.Layout.Live;

namespace Stint.Hub.Layout;

/// <summary>The few files all pages share. Their addresses change with their content, so a browser may keep them for ever.</summary>
internal static class SharedFiles
{
    private static readonly SharedFile StyleSheet = new("hub.css", "text/css; charset=utf-8");
    private static readonly SharedFile IconImage = new("icon.svg", "image/svg+xml");

    private static readonly SharedFile PageScriptFile = new("page.js", "text/javascript; charset=utf-8");

    private static readonly SharedFile DoctorScriptFile = new("doctor.js", "text/javascript; charset=utf-8");

    public static string Style => StyleSheet.Address;
    public static string Icon => IconImage.Address;

    /// <summary>Keeps what pages show true while they are open.</summary>
    public static string PageScript => PageScriptFile.Address;

    /// <summary>Looks from the visitor's own browser.</summary>
    public static string DoctorScript => DoctorScriptFile.Address;

    public static void MapSharedFiles(this IEndpointRouteBuilder app)
    {
        foreach (var asset in new[] { StyleSheet, IconImage, PageScriptFile, DoctorScriptFile }) asset.Map(app);
        app.MapLive();
    }

    private sealed class SharedFile
    {
        private readonly byte[] content;
        private readonly string type;

        public SharedFile(string name, string type)
        {
            this.type = type;
            using var stream = typeof(SharedFiles).Assembly.GetManifestResourceStream("Stint.Hub.Layout." + name)!;
            content = new byte[stream.Length];
            stream.ReadExactly(content);
            Address = $"/assets/{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 6))}/{name}";
        }

        public string Address { get; }

        public void Map(IEndpointRouteBuilder app) => app.MapGet(Address, context =>
        {
            context.Response.ContentType = type;
            context.Response.ContentLength = content.Length;
            context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return context.Response.Body.WriteAsync(content).AsTask();
        }).ExcludeFromDescription();
    }
}
