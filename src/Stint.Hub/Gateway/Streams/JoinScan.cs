using System.Globalization;
using System.Text;

namespace Stint.Hub.Gateway.Streams;

/// <summary>
/// Reads the same of a body of Gradio's queue API as <see cref="JoinBody"/>, piece by piece as it passes and in the same few
/// bytes of memory however long it is: what is uploaded inline comes before what says whom it is for. Believes nothing of it
/// to be well formed; a name or value that is written with escapes is not read.
/// </summary>
internal sealed class JoinScan
{
    private const int LongestText = 256;

    private readonly byte[] text = new byte[LongestText];
    private int length;
    private int depth;
    private bool isInText;
    private bool isEscape;
    private bool isValue;
    private bool isUnreadable;
    private string? name;

    public int? Function { get; private set; }
    public string? Session { get; private set; }

    /// <summary>True once the object is closed, or where there is none.</summary>
    public bool IsOver { get; private set; }

    public void Read(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0 && !IsOver)
        {
            var passed = isInText ? PassText(piece) : PassStructure(piece);
            piece = piece[passed..];
        }
    }

    /// <summary>Up to and with the next byte that says something; nothing else is looked at one by one.</summary>
    private int PassText(ReadOnlySpan<byte> piece)
    {
        if (isEscape)
        {
            isEscape = false;
            return 1;
        }

        var end = piece.IndexOfAny((byte)'"', (byte)'\\');
        Keep(end < 0 ? piece : piece[..end]);
        if (end < 0) return piece.Length;
        if (piece[end] == '\\') (isEscape, isUnreadable) = (true, true);
        else EndText();
        return end + 1;
    }

    private int PassStructure(ReadOnlySpan<byte> piece)
    {
        if (depth > 1)
        {
            var next = piece.IndexOfAny("\"{}[]"u8);
            if (next < 0) return piece.Length;
            if (next > 0) return next;
        }

        switch (piece[0])
        {
            case (byte)'"': (isInText, isUnreadable, length) = (true, false, 0); break;
            case (byte)'{' or (byte)'[': Open(piece[0]); break;
            case (byte)'}' or (byte)']': Close(); break;
            case (byte)':' when depth == 1: (isValue, isUnreadable, length) = (true, false, 0); break;
            case (byte)',' when depth == 1: EndValue(); break;
            case > (byte)' ' when depth == 1 && isValue: Keep(piece[..1]); break;
        }

        return 1;
    }

    private void Open(byte bracket)
    {
        if (depth == 0 && bracket != '{') IsOver = true;
        isUnreadable = true;
        depth++;
    }

    private void Close()
    {
        if (depth == 1) EndValue();
        depth--;
        IsOver = depth <= 0;
    }

    private void EndText()
    {
        isInText = false;
        if (depth != 1 || isUnreadable) return;
        var read = Encoding.UTF8.GetString(text, 0, length);
        if (!isValue) name = read;
        else if (name == "session_hash") Session = read;
        isUnreadable = true;
    }

    private void EndValue()
    {
        if (isValue && !isUnreadable && name == "fn_index" && int.TryParse(text.AsSpan(0, length), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) Function = index;
        (isValue, name) = (false, null);
    }

    private void Keep(ReadOnlySpan<byte> more)
    {
        if (depth != 1 || isUnreadable) return;
        if (length + more.Length > LongestText)
        {
            isUnreadable = true;
            return;
        }

        more.CopyTo(text.AsSpan(length));
        length += more.Length;
    }
}
