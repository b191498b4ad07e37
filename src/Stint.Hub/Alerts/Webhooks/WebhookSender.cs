using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Stint.Hub.Store.Alerts;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>What one try to send came to.</summary>
/// <param name="Says">For people: how it was answered, or what went wrong. Holds nothing of what the receiver wrote.</param>
public sealed record SendResult(bool IsDelivered, string Says);

/// <summary>
/// Sends one message to a webhook, once: within <see cref="Patience"/>, along no redirect, by no proxy, to no address the rule
/// forbids whatever its name came to, reading nothing of the answer but its status.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    /// <summary><c>t=SECONDS,v1=HEX</c>: HMAC-SHA256, with the webhook's secret, of the seconds since 1970, a full stop and the body.</summary>
    public const string SignatureHeader = "Stint-Signature";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient careful;
    private readonly HttpClient anywhere;
    private readonly TimeProvider time;
    private readonly bool isPersonal;

    public WebhookSender(UpstreamRule rule, TimeProvider time)
    {
        (this.time, isPersonal) = (time, rule.IsPublicOnly);
        careful = Client(rule);
        anywhere = Client(null);
    }

    public async Task<SendResult> SendAsync(Webhook webhook, string body, CancellationToken stop)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bounded.CancelAfter(Patience);
        try
        {
            using var request = Request(webhook, body);
            using var answer = await (webhook.AnyAddress ? anywhere : careful).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bounded.Token).ConfigureAwait(false);
            var status = (int)answer.StatusCode;
            return status switch
            {
                >= 200 and < 300 => new(true, $"it answered {status}"),
                >= 300 and < 400 => new(false, $"it answered {status}, a redirect, which is not followed; give the address it leads to"),
                _ => new(false, $"it answered {status}"),
            };
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(false, $"it did not answer within {Patience.TotalSeconds:0} s");
        }
        catch (HttpRequestException e)
        {
            return new(false, Says(webhook, e));
        }
    }

    public void Dispose()
    {
        careful.Dispose();
        anywhere.Dispose();
    }

    private HttpRequestMessage Request(Webhook webhook, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Stint", null));
        if (webhook.Secret is { } secret)
            request.Headers.Add(SignatureHeader, Signature(secret, time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), body));
        return request;
    }

    private static string Signature(string secret, string seconds, string body) =>
        $"t={seconds},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{seconds}.{body}")))}";

    private string Says(Webhook webhook, HttpRequestException e) => e switch
    {
        { InnerException: SocketException { SocketErrorCode: SocketError.NetworkUnreachable } } when !webhook.AnyAddress => WebhookRule.Forbidden(webhook.Url.Host, isPersonal),
        { HttpRequestError: HttpRequestError.NameResolutionError } => "its name leads nowhere",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "its certificate is not one this machine trusts",
        { HttpRequestError: HttpRequestError.ConnectionError } => "nothing answers there",
        _ => "it answered something that is no HTTP",
    };

    private static HttpClient Client(UpstreamRule? rule) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.Zero,
        ConnectCallback = rule is null ? null : rule.ConnectAsync,
    })
    { Timeout = Timeout.InfiniteTimeSpan };
}
