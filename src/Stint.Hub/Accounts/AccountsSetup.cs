using Stint.Hub.Accounts.Holding;
using Stint.Hub.Accounts.Own;
using Stint.Hub.Engine;
using Stint.Hub.Layout;

namespace Stint.Hub.Accounts;

internal static class AccountsSetup
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<Passwords>();
        services.AddSingleton<SetUpLinks>();
        services.AddSingleton<FirstStart>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<TokenEndpoints>();
        services.AddSingleton<AccountEndpoints>();
        services.AddSingleton<SetUpLinkEndpoints>();
        services.AddSingleton<SetUpLink>(container => account =>
            container.GetRequiredService<SetUpLinks>().Create(account, container.GetRequiredService<LedgerClock>().Now) is { } secret
                ? new Uri(container.GetRequiredService<HubOptions>().Url, SetUpLinks.PathOf(secret))
                : null);
        services.AddHostedService<PlanWatch>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapSetUp();
        app.MapSignIn();
        TokenEndpoints.Map(app);
        AccountEndpoints.Map(app);
        SetUpLinkEndpoints.Map(app);
    }
}
