namespace Stint.Hub.Spaces.Supervision;

/// <summary>Keeps the health of one Space true: by running its command, or by asking the upstream that somebody else runs. Once disposed of, nothing of it runs any more.</summary>
internal interface ISpaceWatch : IAsyncDisposable
{
    SpaceHealth Health { get; }

    /// <summary>Starts it again if it sleeps.</summary>
    void Wake();

    /// <summary>Begins once <paramref name="before"/> has ended: two runs of one Space never overlap.</summary>
    void Start(Task before);
}
