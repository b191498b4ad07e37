using Dapper;
using Stint.Core.Spaces;
using Stint.Hub.Store;
using Stint.Hub.Tokens.Sealing;

namespace Stint.Hub.Spaces.Settings;

public enum SetSettingOutcome { Set, SpaceUnknown, TooMany }

/// <summary>
/// The secrets and variables of Spaces. Values are kept encrypted with a key of the hub's, each bound to its Space and name, so
/// that a copy of the data file alone tells none. Whatever changes here starts a running Space anew.
/// </summary>
/// <param name="key">32 bytes, derived for <see cref="KeyPurpose"/>.</param>
public sealed class SpaceSettings(Catalogue catalogue, byte[] key)
{
    public const string KeyPurpose = "space-settings";

    private readonly SealedText values = new(key);

    /// <summary>All of a Space, by name, values included: for starting it, and for nobody's eyes.</summary>
    public IReadOnlyList<SpaceSetting> Of(SpaceId space)
    {
        using var reader = catalogue.OpenReader();
        return [.. reader.Query<Row>("SELECT name, secret, value FROM space_settings WHERE space = @space ORDER BY name", new { space = space.ToString() })
            .Select(row => new SpaceSetting(row.Name, Open(space, row.Name, row.Value), row.Secret != 0))];
    }

    public SetSettingOutcome Set(SpaceId id, SpaceSetting setting)
    {
        var outcome = SetSettingOutcome.Set;
        var changed = catalogue.ChangeSpace(id, (writer, space) =>
        {
            var named = new { space = space.Id.ToString(), name = setting.Name, secret = setting.IsSecret ? 1 : 0, value = Seal(space.Id, setting.Name, setting.Value), most = SpaceSetting.Most };
            var fits = writer.ExecuteScalar<bool>("SELECT count(*) < @most FROM space_settings WHERE space = @space AND name <> @name", named);
            if (!fits) outcome = SetSettingOutcome.TooMany;
            else writer.Execute("INSERT OR REPLACE INTO space_settings (space, name, secret, value) VALUES (@space, @name, @secret, @value)", named);
            return fits ? space with { Settings = space.Settings + 1 } : null;
        });
        return changed is null && outcome == SetSettingOutcome.Set ? SetSettingOutcome.SpaceUnknown : outcome;
    }

    /// <summary>False where there was none of that name and kind.</summary>
    public bool Unset(SpaceId id, string name, bool isSecret) => catalogue.ChangeSpace(id, (writer, space) =>
        writer.Execute("DELETE FROM space_settings WHERE space = @space AND name = @name AND secret = @secret", new { space = space.Id.ToString(), name, secret = isSecret ? 1 : 0 }) > 0
            ? space with { Settings = space.Settings + 1 }
            : null) is not null;

    private byte[] Seal(SpaceId space, string name, string value) => values.Seal(value, About(space, name));

    /// <exception cref="HubDirectoryException">When the keys are not those it was kept with.</exception>
    private string Open(SpaceId space, string name, byte[] kept) => values.Open(kept, About(space, name))
        ?? throw new HubDirectoryException($"{name} of {space} cannot be read with this hub's keys; set it again, or restore keys.json of the same backup");

    private static string About(SpaceId space, string name) => $"{space.ToString().ToLowerInvariant()}\0{name}";

    private sealed class Row
    {
        public string Name { get; init; } = "";
        public long Secret { get; init; }
        public byte[] Value { get; init; } = [];
    }
}
