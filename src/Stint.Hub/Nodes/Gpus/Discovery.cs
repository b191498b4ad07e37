namespace Stint.Hub.Nodes.Gpus;

/// <summary>What was found when this machine's GPUs were looked for.</summary>
/// <param name="HasDriver">True where NVIDIA's library is there, whether or not it answers.</param>
/// <param name="Problems">A sentence for each thing that keeps a GPU from being offered.</param>
public sealed record Discovery(bool HasDriver, IReadOnlyList<Device> Devices, IReadOnlyList<string> Problems)
{
    /// <param name="library">Another file than the one the driver brings.</param>
    public static Discovery OfThisMachine(string library = Nvml.Library)
    {
        var (nvml, problem) = Nvml.Open(library);
        if (nvml is null) return new(problem is not null, [], problem is null ? [] : [problem]);
        using (nvml)
        {
            var (devices, problems) = nvml.Devices();
            return new(true, devices, [.. problems, .. devices.Select(ProblemOf).OfType<string>()]);
        }
    }

    /// <summary>What this machine has; where it has nothing that answers, so many simulated devices.</summary>
    public IReadOnlyList<Device> OrSimulated(int count) => Devices.Count > 0 ? Devices : Device.SimulatedMany(count);

    private static string? ProblemOf(Device device) => device switch
    {
        { Shares: [] } => $"device {device.Index} ({device.Name}) is in MIG mode and has no instance, so it offers nothing; make some with nvidia-smi mig -cgi … -C, or switch it off with nvidia-smi -i {device.Index} -mig 0, and start again",
        { Shares: { } shares } when shares.Count(share => share.IsLessThanHalf(device)) is > 0 and var small =>
            $"{small} MIG instances of device {device.Index} ({device.Name}) have less than half of its memory; a task that counts on half a card may run out of it there",
        _ => null,
    };
}
