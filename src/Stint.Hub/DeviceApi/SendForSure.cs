using Stint.Core.Leasing;
using Stint.Hub.Engine;

namespace Stint.Hub.DeviceApi;

/// <summary>For commands that the caller has no way to repeat: tries again for a moment before it gives up.</summary>
internal static class SendForSure
{
    private const int Attempts = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <exception cref="EngineBusyException">When the engine was full all the while.</exception>
    /// <exception cref="StoreFailedException">When the store failed all the while.</exception>
    public static async Task<TReply> SendForSureAsync<TReply>(this LedgerEngine engine, Command command) where TReply : Reply
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                return await engine.SendAsync<TReply>(command);
            }
            catch (Exception e) when (attempt < Attempts && e is EngineBusyException or StoreFailedException)
            {
                await Task.Delay(Pause);
            }
    }
}
