namespace Stint.Hub.Accounts;

internal static class AccountsSetup
{
    public static void AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<Passwords>();
        services.AddSingleton<SetUpLinks>();
        services.AddSingleton<FirstStart>();
    }
}
