using System.CommandLine;
using Stint.Hub.Alerts.Webhooks;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Texts;

namespace Stint.Hub.Commands.Alerts;

/// <summary><c>stint alert</c>: what was told, and where it goes.</summary>
internal static class AlertCommands
{
    private const int Shown = 100;

    public static Command Create(Shell shell) => shell.Noun(
        "alert", "Lists alerts (a purse nearly used, a failing Space, a lost node) and says where they go.", List(shell), Set(shell), Off(shell), Test(shell));

    private static Command List(Shell shell) => shell.Verb(new Command("list", "Lists the latest alerts and what became of them."), call => call.Terminal.Table(
        new AlertBook(call.Hub.Database).Latest(Shown),
        kept => new
        {
            At = kept.Alert.At.ToUtc().UtcDateTime,
            Kind = AlertTexts.Word(kept.Alert.Kind),
            Account = AlertMessage.NameOf(kept.Alert.Identity, call.Hub.Catalogue),
            Says = Sentence(call, kept),
            Delivery = kept.State.ToString(),
            kept.Attempts,
            kept.Problem,
        },
        ("at", kept => Amounts.Of(kept.Alert.At)),
        ("kind", kept => AlertTexts.Word(kept.Alert.Kind)),
        ("says", kept => Sentence(call, kept)),
        ("webhook", AlertTexts.Delivery)));

    private static Command Set(Shell shell)
    {
        var url = new Argument<string>("URL") { Description = "Where alerts are sent, as https://HOST/PATH." };
        var secret = new Option<bool>("--secret") { Description = $"Reads a secret from the input's first line; {WebhookSender.SignatureHeader} then signs what is sent." };
        var http = new Option<bool>("--allow-http") { Description = "Lets it be http, which anyone on the way can read." };
        var any = new Option<bool>("--allow-any-address") { Description = "Lets it lead to link-local addresses, a cloud's metadata or the hub itself." };
        var command = new Command("webhook", "Sets the webhook that alerts are sent to. Try it with: stint alert test") { url, secret, http, any };
        return shell.Verb(command, call =>
        {
            var read = call.Get(secret) ? call.Terminal.ReadPassword() : null;
            if (call.Get(secret) && read is null) return call.Terminal.Refuse("no secret was read; write it as the input's first line");
            if (WebhookRule.Problem(call.Get(url), call.Get(http), call.Get(any), read, RuleOf(call)) is { } problem) return call.Terminal.Refuse(problem);
            var webhook = new Webhook(new Uri(call.Get(url)), read, call.Get(http), call.Get(any));
            SettingOf(call).Set(webhook);
            return call.Terminal.Say(new { Url = webhook.Shown, Signed = read is not null }, $"Alerts go to {webhook.Shown}{(read is null ? "" : ", signed")}. Try it with: stint alert test");
        });
    }

    private static Command Off(Shell shell) => shell.Verb(new Command("off", "Takes the webhook away; alerts stay on the hub's pages."), call =>
    {
        SettingOf(call).Set(null);
        return call.Terminal.Say(new { Url = (string?)null }, "Alerts are shown on the hub's pages and sent nowhere.");
    });

    private static Command Test(Shell shell) => shell.Verb(new Command("test", "Sends a test to the webhook, from this machine."), async (call, stopping) =>
    {
        if (SettingOf(call).Find() is not { } webhook) return call.Terminal.Refuse("no webhook is set; set one with: stint alert webhook URL");
        using var sender = new WebhookSender(RuleOf(call), TimeProvider.System);
        var result = await sender.SendAsync(webhook, AlertMessage.Test($"the command line ({Environment.UserName})", call.Hub.LedgerNow, call.Hub.Address.Url), stopping);
        return result.IsDelivered
            ? call.Terminal.Say(new { Url = webhook.Shown, result.IsDelivered, result.Says }, $"{webhook.Shown} has it: {result.Says}.")
            : call.Terminal.Refuse($"{webhook.Shown} does not have it: {result.Says}");
    });

    private static WebhookSetting SettingOf(Call call) => new(call.Hub.Database, call.Hub.Keys.DeriveKey(WebhookSetting.KeyPurpose));

    private static UpstreamRule RuleOf(Call call) => new(call.Hub.Address.Ports);

    private static string Sentence(Call call, KeptAlert kept) => AlertTexts.Sentence(kept.Alert, AlertMessage.NameOf(kept.Alert.Identity, call.Hub.Catalogue) ?? "nobody");
}
