using Stint.Hub.Accounts.Holding;
using Stint.Hub.Accounts.Own;

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
        services.AddSingleton<OwnWebhookEndpoints>();
        services.AddSingleton<SetUpLinkEndpoints>();
        services.AddHostedService<PlanWatch>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapSetUp();
        app.MapSignIn();
        TokenEndpoints.Map(app);
        AccountEndpoints.Map(app);
        OwnWebhookEndpoints.Map(app);
        SetUpLinkEndpoints.Map(app);
    }
}
