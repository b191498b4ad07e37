using Stint.Samples.Mandelbrot.Files;
using Stint.Samples.Mandelbrot.Gpu;
using Stint.Samples.Mandelbrot.Gpu.Workers;
using Stint.Samples.Mandelbrot.Gradio;
using Stint.Samples.Mandelbrot.Page;

if (args is [Worker.Argument])
{
    return await WorkerProgram.Run();
}

var zeroGpu = ZeroGpuSettings.FromEnvironment();
var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.UseUrls(Address());
builder.WebHost.ConfigureKestrel(server =>
{
    server.AddServerHeader = false;
    server.Limits.MaxRequestBodySize = 1024 * 1024;
    server.Limits.MaxConcurrentConnections = 2000;
});
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
builder.Services.AddSingleton<SessionTable>();
builder.Services.AddSingleton<FileShelf>();
builder.Services.AddSingleton<WarmWorkers>();
builder.Services.AddSingleton<EventQueue>(Queue);
if (zeroGpu is not null)
{
    builder.Services.AddSingleton(zeroGpu);
    builder.Services.AddSingleton<DeviceApi>();
    builder.Services.AddSingleton<LeasedWork>();
}

await using var app = builder.Build();
app.Use(CrossOrigin.Apply);
app.MapFrontPage();
app.MapGradio();
app.MapFiles();

if (zeroGpu is not null)
{
    try
    {
        await app.Services.GetRequiredService<DeviceApi>().ReportStartup();
    }
    catch (Exception error) when (error is InvalidOperationException or HttpRequestException or OperationCanceledException)
    {
        await Console.Error.WriteLineAsync($"The startup report to {zeroGpu.DeviceApi.Authority} failed. {error.Message}");
        return 1;
    }
}

await app.StartAsync();
await app.WaitForShutdownAsync();

// The streams are closed by now. What still runs is ended, and releases its GPU before the app goes.
app.Services.GetRequiredService<SessionTable>().AbandonAll();
await app.Services.GetRequiredService<EventQueue>().Stop(TimeSpan.FromSeconds(5));
return 0;

static string Address()
{
    static string? Read(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
    return $"http://{Read("GRADIO_SERVER_NAME") ?? "127.0.0.1"}:{Read("PORT") ?? Read("GRADIO_SERVER_PORT") ?? "7870"}";
}

EventQueue Queue(IServiceProvider services)
{
    const int OnLeasedGpus = 64, OnThisCpu = 2;
    return ActivatorUtilities.CreateInstance<EventQueue>(
        services,
        zeroGpu is null ? (GpuWork)LocalWork.Run : services.GetRequiredService<LeasedWork>().Run,
        zeroGpu is null ? OnThisCpu : OnLeasedGpus);
}
