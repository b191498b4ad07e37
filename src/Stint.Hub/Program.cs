using Stint.Hub;
using Stint.Hub.Accounts;
using Stint.Hub.Admin;
using Stint.Hub.Alerts;
using Stint.Hub.Billing;
using Stint.Hub.Billing.Purses;
using Stint.Hub.Commands;
using Stint.Hub.Demo;
using Stint.Hub.DeviceApi;
using Stint.Hub.Doctor;
using Stint.Hub.Engine;
using Stint.Hub.Gateway;
using Stint.Hub.HubApi;
using Stint.Hub.Layout;
using Stint.Hub.Nodes;
using Stint.Hub.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Store.Audits;
using Stint.Hub.Store.Retention;
using Stint.Hub.Telemetry;
using Stint.Hub.Tickets;
using Stint.Hub.Tokens;

return await CommandLine.RunAsync(CommandLine.Create(ServeAsync), args);

static async Task<int> ServeAsync(HubOptions options, CancellationToken stopping)
{
    using var directory = new HubDirectory(options.Directory);
    directory.Serve();
    StartAudit.Check(directory);
    await using var hub = Build(options, directory);
    return await HubRun.UntilStoppedAsync(hub, options, stopping);
}

static WebApplication Build(HubOptions options, HubDirectory directory)
{
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.AddTelemetry();
    builder.WebHost.UseKestrelHttpsConfiguration();
    SocketThreads.PassOnInline(builder.WebHost);
    builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options));
    builder.Services.AddPages(options);
    builder.Services.AddSingleton(options);
    builder.Services.AddStore(directory);
    builder.Services.AddTokens(HubKeys.Open(directory.Path));
    builder.Services.AddEngine();
    builder.Services.AddRetention(options);
    builder.Services.AddTickets();
    builder.Services.AddNodes(options);
    builder.Services.AddAccounts();
    builder.Services.AddBilling();
    builder.Services.AddInstructions();
    builder.Services.AddDeviceApi();
    builder.Services.AddGateway(options);
    builder.Services.AddHubApi();
    builder.Services.AddSpaces();
    builder.Services.AddDoctor();
    builder.Services.AddAlerts();
    builder.Services.AddAdmin();
    builder.Services.AddDemo();

    var hub = builder.Build();
    hub.UseSocketThreads();
    hub.MapDeviceApi();
    hub.UseGateway();
    hub.UseHubHeaders();
    hub.MapSharedFiles();
    hub.MapAccounts();
    hub.MapSpaces();
    hub.MapBilling();
    hub.MapTickets();
    hub.MapGateway();
    hub.MapHubApi();
    hub.MapDoctor();
    hub.MapAlerts();
    hub.MapAdmin();
    return hub;
}
