using Stint.Hub.Store;

namespace Stint.Hub.Nodes.Joined;

/// <summary>What a machine keeps of having joined: the hub, its name there, and its own secret. Readable by its own user only.</summary>
internal sealed record NodeFile(Uri Hub, string Name, string Secret)
{
    public const string FileName = "node.json";

    /// <summary>Null where this machine never joined.</summary>
    /// <exception cref="HubDirectoryException">When the file cannot be read.</exception>
    public static NodeFile? Read(HubDirectory directory)
    {
        var path = directory.File(FileName);
        if (!File.Exists(path)) return null;
        return Json.Read<NodeFile>(File.ReadAllText(path));
    }

    public void Write(HubDirectory directory) => directory.WriteSecret(FileName, Json.Write(this));
}
