using System.Text.Json;
using System.Text.Json.Serialization;
using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Hub.Store;
using Stint.Hub.Store.Alerts;
using Stint.Hub.Texts;

namespace Stint.Hub.Alerts.Webhooks;

/// <summary>An alert as it goes out: names and numbers, and no secret. Its words and names stay as they are.</summary>
/// <param name="Id">The same for every try: a receiver that has it may forget the second.</param>
/// <param name="Kind"><c>purse-used</c>, <c>space-failing</c>, <c>node-lost</c> or <c>test</c>.</param>
/// <param name="Account">The user name of whom it concerns; the identity where it has none, null where administrators alone.</param>
internal sealed record AlertMessage(
    string Id, string Kind, DateTime At, string Sentence, string Hub, string? Account = null, string? Purse = null, int? Percent = null, decimal? SpentSeconds = null,
    decimal? AmountSeconds = null, DateTime? EndsAt = null, string? Space = null, string? Node = null)
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>For administrators: it names whom it concerns.</summary>
    public static string Of(Alert alert, Catalogue catalogue, Uri hub)
    {
        var whose = NameOf(alert.Identity, catalogue);
        return Of(alert, AlertTexts.Sentence(alert, whose ?? "nobody"), whose, hub);
    }

    /// <summary>For whom it concerns.</summary>
    public static string Of(Alert alert, string holder, Uri hub) => Of(alert, AlertTexts.Sentence(alert, null), holder, hub);

    private static string Of(Alert alert, string sentence, string? whose, Uri hub)
    {
        var facts = alert.Facts;
        return Write(new(
            alert.Key, AlertTexts.Word(alert.Kind), alert.At.ToUtc().UtcDateTime, sentence, hub.GetLeftPart(UriPartial.Authority), whose,
            facts.Purse, facts.Percent, facts.Spent?.InSeconds(), facts.Amount?.InSeconds(), facts.EndsAt?.ToUtc().UtcDateTime, facts.Space, facts.Node));
    }

    public static string Test(string by, Instant now, Uri hub) =>
        Write(new($"test/{now.UnixMilliseconds}", "test", now.ToUtc().UtcDateTime, $"This is a test that {by} sent. Alerts reach you here.", hub.GetLeftPart(UriPartial.Authority)));

    public static string? NameOf(IdentityId? identity, Catalogue catalogue) =>
        identity is not { } whose ? null : whose.Account is { } id && catalogue.FindAccount(id) is { } account ? account.Name : whose.Value;

    private static string Write(AlertMessage message) => JsonSerializer.Serialize(message, Format);
}
