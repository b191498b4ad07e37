using System.Text.Json.Serialization;

namespace Stint.Samples.Mandelbrot.Picture;

/// <summary>Something that happened during a run: told to the visitor, and what a worker writes to its pipe.</summary>
[JsonDerivedType(typeof(Notice), "notice")]
[JsonDerivedType(typeof(Progress), "progress")]
[JsonDerivedType(typeof(Frame), "frame")]
[JsonDerivedType(typeof(Finished), "finished")]
[JsonDerivedType(typeof(Failed), "failed")]
internal abstract record Update;

/// <summary>A message beside the result; <c>Level</c> is info, success or warning.</summary>
internal sealed record Notice(string Level, string Title, string Text) : Update;

/// <summary>How far the run is, from 0 to 1.</summary>
internal sealed record Progress(double Fraction, string Text) : Update;

/// <summary>A picture and the line of text below it.</summary>
internal sealed record Frame(byte[] Png, string Text) : Update;

/// <summary>The last word of a worker about a task that went well.</summary>
internal sealed record Finished : Update;

/// <summary>The last word of a worker about a task that did not.</summary>
internal sealed record Failed(string Title, string Text) : Update;
