using Stint.Core.Spaces;
using Stint.Hub.Layout;
using Stint.Hub.Store;

namespace Stint.Hub.HubApi;

/// <summary>A Space in words for a program that reads: where it is called, how, and how its caller is recognised.</summary>
internal static class AgentText
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/spaces/{owner}/{name}/agents.md", Show).ExcludeFromDescription();

    /// <summary>Only of Spaces that are open to everyone: a text that is fetched without a token says nothing of others.</summary>
    private static IResult Show(string owner, string name, Catalogue catalogue, SpaceAddress addressOf, HubOptions options) =>
        SpaceId.TryParse($"{owner}/{name}", out var id) && catalogue.FindSpace(id) is { } space && space.IsOpenTo(null) && HostAnswer.Origin(addressOf(space.Id)) is { } host
            ? Results.Text(Write(space, host, options.Url.GetLeftPart(UriPartial.Authority)), "text/markdown; charset=utf-8")
            : Results.Text($"There is no Space '{id}' that is open to everyone.\n", statusCode: StatusCodes.Status404NotFound);

    private static string Write(Space space, string host, string hub) =>
        $$"""
        # {{space.Id}}

        A Gradio app that shares the GPUs of this hub. Its page: {{hub}}{{Links.Space(space.Id)}}

        - Functions and their parameters: `GET {{host}}/gradio_api/info`
        - Call one: `POST {{host}}/gradio_api/call/FUNCTION` with `{"data": [...]}`, which answers `{"event_id": "ID"}`
        - Its result, as server-sent events: `GET {{host}}/gradio_api/call/FUNCTION/ID`
        - Upload a file first: `POST {{host}}/gradio_api/upload` with a multipart field `files`

        Send `Authorization: Bearer $HF_TOKEN` with every request; the token is one of this hub. Without it a call counts as an
        anonymous visitor's, with less GPU time, shared by everyone at the same address.

        - GPU time left: `GET {{hub}}/api/spaces/zero-gpu/quota` with the same header
        - What a call would cost, and whether it would be admitted: `POST {{hub}}/v1/quote` with `{"space": "{{space.Id}}"}`
        - Who a call would be counted to, and why: `GET {{host}}{{Visit.Own}}/me`

        """;
}
