using System.CommandLine;
using Stint.Hub.Doctor;
using Stint.Hub.Doctor.Calling;

namespace Stint.Hub.Commands.Examining;

/// <summary><c>stint doctor</c>: examines the way from this machine to the GPU, or with <c>--drill</c> the doctor itself. Exit code 0 where nothing is amiss.</summary>
internal static class DoctorCommand
{
    public static Command Create(Shell shell)
    {
        var space = new Option<string?>("--space") { Description = "The Space that is being used.", HelpName = "OWNER/NAME" };
        var token = new Option<string?>("--token") { Description = "The access token that is being sent; HF_TOKEN is taken where it is not said.", HelpName = "hf_…" };
        var hub = new Option<Uri?>("--hub") { Description = "The hub's address; without it HF_ENDPOINT, or the hub of the data directory.", HelpName = "URL" };
        var report = new Option<bool>("--report") { Description = "Prints the whole report as Markdown, to be sent to whoever can help." };
        var drill = new Option<bool>("--drill") { Description = "Breaks a scratch hub in dozens of ways, one at a time, and shows whether the doctor names each and the pages of refusals explain it." };
        var only = new Option<string?>("--only") { Description = "With --drill: only the faults whose name has these words.", HelpName = "WORDS" };
        var command = shell.Noun("doctor", "Walks the way from here to the GPU and says where it breaks, and what to do.");
        foreach (var option in new Option[] { space, token, hub, report, drill, only }) command.Add(option);
        command.SetAction(async (parsed, stopping) =>
        {
            var terminal = shell.TerminalOf(parsed);
            if (parsed.GetValue(drill)) return await DrillAsync(terminal, parsed.GetValue(only) ?? "").ConfigureAwait(false);
            var address = parsed.GetValue(hub) ?? shell.HubOf(parsed);
            var sent = parsed.GetValue(token) ?? (Environment.GetEnvironmentVariable("HF_TOKEN") is { Length: > 0 } kept ? kept : null);
            return await ExamineAsync(terminal, address, sent, parsed.GetValue(space), parsed.GetValue(report), stopping).ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<int> ExamineAsync(Terminal terminal, Uri hub, string? token, string? space, bool report, CancellationToken stopping)
    {
        using var client = ProgramLook.Plain();
        DoctorAnswer answer;
        try
        {
            answer = await new ProgramLook(client, hub, token, () => TimeProvider.System.GetUtcNow()).ExamineAsync(space, stopping).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !stopping.IsCancellationRequested)
        {
            return terminal.Refuse($"{hub} does not answer: {e.Message} Is the hub up (stint up), and is that its address (--hub URL)?");
        }

        terminal.Say(answer, report ? [answer.Report] : [.. Lines(answer)]);
        return answer.Healthy ? 0 : 1;
    }

    private static IEnumerable<string> Lines(DoctorAnswer answer)
    {
        if (answer.Healthy) yield return $"Nothing amiss: {answer.Tried.Count} checks.";
        foreach (var finding in answer.Findings)
        {
            yield return $"{finding.Code} ({finding.Side})";
            yield return $"  tried  {finding.Tried}";
            yield return $"  seen   {finding.Seen}";
            yield return $"  means  {finding.Means}";
            yield return $"  do     {finding.Do}";
        }
    }

    private static async Task<int> DrillAsync(Terminal terminal, string only)
    {
        var lines = await Drill.RunAsync(only, line =>
        {
            if (terminal.IsJson) return;
            terminal.Line($"{(line.Named ? "named " : "MISSED")}  {line.Fault}: {line.Finding ?? "no finding"}");
            terminal.Line(line switch
            {
                { Told: { Missing: [] } told } => $"        its refusal answers all four: {told.Page}",
                { Told: { } told } => $"        UNANSWERED by {told.Page}: {string.Join("; ", told.Missing)}",
                _ => $"        no refusal: {line.NoRefusal}",
            });
        }).ConfigureAwait(false);
        if (terminal.IsJson) terminal.Say(lines);
        else terminal.Line($"{lines.Count(line => line.Named)} of {lines.Count} named; {lines.Count(line => line.Told is { Missing: [] })} of {lines.Count(line => line.Told is not null)} refusals answer who, why, what now and until when.");
        return lines.All(line => line.IsPassed) ? 0 : 1;
    }
}
