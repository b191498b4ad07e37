using System.Text.Encodings.Web;

namespace Stint.Hub.Gateway;

/// <summary>
/// A page of the hub at a Space's address that tells the doctor, and no other page, who its visitor is taken for here: asked
/// from inside a frame or in a window of its own, with whatever cookies the browser sends from there.
/// </summary>
internal sealed class ExaminePage(HubOptions options)
{
    private static readonly byte[] Script = ReadScript();

    private readonly string hub = options.Url.GetLeftPart(UriPartial.Authority);

    public Task PageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = $"default-src 'self'; frame-ancestors {hub}; base-uri 'none'; form-action 'none'";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsync(
            $"<!DOCTYPE html><html lang=\"en\" data-hub=\"{HtmlEncoder.Default.Encode(hub)}\"><meta charset=\"utf-8\"><title>Stint doctor</title>"
            + $"<script src=\"{Visit.Examine}.js\" defer></script><p>The doctor looks who you are here.</p></html>");
    }

    public static Task ScriptAsync(HttpContext context)
    {
        context.Response.ContentType = "text/javascript; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(Script).AsTask();
    }

    private static byte[] ReadScript()
    {
        using var stream = typeof(ExaminePage).Assembly.GetManifestResourceStream("Stint.Hub.Gateway.examine.js")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}
