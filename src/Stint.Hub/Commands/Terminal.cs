using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Stint.Hub.Commands;

/// <summary>
/// Who reads a command's answer: a person, or with <c>--json</c> a program. The answer goes to the output stream; refusals and
/// what is only worth knowing go to the error stream.
/// </summary>
internal sealed class Terminal(TextReader? input, TextWriter output, TextWriter error, bool json)
{
    private const int LongestLine = 4096;
    private const int WidthOfPipe = 200;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>True where a program reads.</summary>
    public bool IsJson => json;

    /// <summary>True where the answer is one JSON value.</summary>
    public bool IsForPrograms => json;

    /// <summary>An answer, as lines or as JSON. Returns exit code 0.</summary>
    public int Say(object answer, params ReadOnlySpan<string> lines)
    {
        if (json) return SayJson(answer);
        foreach (var line in lines) output.WriteLine(line);
        return 0;
    }

    /// <summary>Many answers, as a table or as a JSON array. Returns exit code 0.</summary>
    public int Table<T>(IReadOnlyCollection<T> rows, Func<T, object> toJson, params (string Header, Func<T, string> Cell)[] columns)
    {
        if (json) return SayJson(rows.Select(toJson));
        var table = new Table().Border(TableBorder.None);
        foreach (var (header, _) in columns) table.AddColumn(new TableColumn(new Text(header.ToUpperInvariant())) { NoWrap = true });
        foreach (var row in rows) table.AddRow(columns.Select(column => new Text(column.Cell(row))));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Interactive = InteractionSupport.No });
        if (Console.IsOutputRedirected || output != Console.Out) console.Profile.Width = WidthOfPipe;
        console.Write(table);
        return 0;
    }

    /// <summary>Something worth knowing that is not part of the answer.</summary>
    public void Note(string sentence)
    {
        if (!json) error.WriteLine(sentence);
    }

    /// <summary>One line of a longer answer, as it is.</summary>
    public void Line(string text) => output.WriteLine(text);

    /// <param name="sentence">Why, and what to do.</param>
    /// <returns>Exit code 1.</returns>
    public int Refuse(string sentence)
    {
        error.WriteLine("stint: " + sentence);
        return 1;
    }

    /// <summary>All of the input but its last line break. Null where it is empty, longer than may be, or holds a zero, which no variable can.</summary>
    public string? ReadAll(int longest)
    {
        var reader = input ?? Console.In;
        var buffer = new char[longest + 3];
        var read = reader.ReadBlock(buffer, 0, buffer.Length);
        var text = new string(buffer, 0, read);
        if (text.EndsWith('\n')) text = text[..^1].TrimEnd('\r');
        return text.Length is 0 || text.Length > longest || text.Contains('\0') ? null : text;
    }

    /// <summary>A password: the first line of the input, or from a person at a terminal unseen and twice. Null where the input is empty or the two differ.</summary>
    public string? ReadPassword()
    {
        if (input is not null || Console.IsInputRedirected) return ReadLine(input ?? Console.In);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        var first = console.Prompt(new TextPrompt<string>("Password:").Secret(null));
        return first == console.Prompt(new TextPrompt<string>("Once more:").Secret(null)) ? first : null;
    }

    private static string? ReadLine(TextReader from)
    {
        var line = new System.Text.StringBuilder();
        for (var c = from.Read(); c is not (-1 or '\n') && line.Length <= LongestLine; c = from.Read()) line.Append((char)c);
        return line.Length == 0 ? null : line.ToString().TrimEnd('\r');
    }

    private int SayJson(object answer)
    {
        output.WriteLine(JsonSerializer.Serialize(answer, Format));
        return 0;
    }
}
