namespace Stint.Hub.Demo;

internal static class DemoSetup
{
    public static void AddDemo(this IServiceCollection services) => services.AddSingleton<Demonstration>();
}
