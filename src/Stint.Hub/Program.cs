using Stint.Hub.Commands;

return await CommandLine.RunAsync(CommandLine.Create(serve: (_, _) => throw new NotSupportedException("serving is not here yet")), args);
