using Stint.Core.Identities;
using Stint.Core.Quota;
using Stint.Core.Spaces;
using Stint.Hub.Tokens;
using Stint.Tests.Fakes;
using Xunit;

namespace Stint.Tests.Hub.Tokens;

public sealed class SecretsTests : IDisposable
{
    private static readonly Space Squares = SpaceNamed("ada", "squares");
    private static readonly Space Faces = SpaceNamed("bob", "faces");

    private readonly TempDirectory directory = new();
    private readonly HubKeys keys;
    private readonly DeviceSecrets secrets;

    public SecretsTests()
    {
        keys = HubKeys.Open(directory);
        secrets = new DeviceSecrets(keys);
    }

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Resolve_SecretOfASpace_IsThatSpace()
    {
        Assert.Equal(Squares, secrets.Resolve(secrets.Of(Squares.Id, 1), 1, () => [Squares, Faces]));
        Assert.Equal(Faces, secrets.Resolve(secrets.Of(Faces.Id, 1), 1, () => [Squares, Faces]));
    }

    [Fact]
    public void Resolve_AnythingElse_IsNoSpace()
    {
        var secret = secrets.Of(Squares.Id, 1);

        foreach (var wrong in new[] { "", "x", secret[..^1], secret + "A", secret.ToUpperInvariant(), secrets.Of(Squares.Id, 2), secrets.Of(new("carol", "x"), 1) })
            Assert.Null(secrets.Resolve(wrong, 1, () => [Squares, Faces]));
    }

    [Fact]
    public void Resolve_AfterARotation_OpensWithTheNewSecretOnly()
    {
        var old = secrets.Of(Squares.Id, 1);
        Assert.NotNull(secrets.Resolve(old, 1, () => [Squares]));
        var rotated = Squares with { Generation = 2 };

        Assert.Null(secrets.Resolve(old, 2, () => [rotated]));
        Assert.Equal(rotated, secrets.Resolve(secrets.Of(Squares.Id, 2), 2, () => [rotated]));
    }

    [Fact]
    public void Of_Secret_MayStandInAPath() => Assert.Matches("^[A-Za-z0-9_-]{43}$", secrets.Of(Squares.Id, 1));

    [Fact]
    public void TryRead_AllowTokenAfterARestart_NamesItsReservation()
    {
        var token = new AllowTokens(keys).Of(new ReservationId("r_1"), Squares.Id);

        Assert.True(new AllowTokens(HubKeys.Open(directory)).TryRead(token, Squares.Id, out var reservation));
        Assert.Equal(new ReservationId("r_1"), reservation);
    }

    [Fact]
    public void TryRead_AllowTokenAtAnotherSpaceOrChanged_IsNothing()
    {
        var allow = new AllowTokens(keys);
        var token = allow.Of(new ReservationId("r_1"), Squares.Id);

        Assert.False(allow.TryRead(token, Faces.Id, out _));
        foreach (var wrong in new[] { null, "", ".", "r_1", "r_1.", token[..^1], token + "A", token.Replace("r_1", "r_2", StringComparison.Ordinal), "." + token, new string('a', 300) + token })
            Assert.False(allow.TryRead(wrong, Squares.Id, out _));
    }

    private static Space SpaceNamed(string owner, string name) =>
        new(new(owner, name), new AccountId(owner), SpaceVisibility.Public, new Uri("http://127.0.0.1:7861"), null, null);
}
