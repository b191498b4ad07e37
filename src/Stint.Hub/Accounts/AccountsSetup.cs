namespace Stint.Hub.Accounts;

internal static class AccountsSetup
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<Passwords>();
        services.AddSingleton<SetUpLinks>();
        services.AddSingleton<FirstStart>();
        services.AddSingleton<SignInThrottle>();
        services.AddHostedService<PlanWatch>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapSetUp();
        app.MapSignIn();
    }
}
