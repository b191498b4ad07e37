using System.CommandLine;
using Stint.Core.Identities;
using Stint.Hub.Engine;
using Stint.Hub.Tokens;

namespace Stint.Hub.Commands;

/// <summary><c>stint token identity</c>: what the gateway would hand to a Space for a visitor. For tests and operators.</summary>
internal static class IdentityTokenCommand
{
    public static Command Create(Shell shell)
    {
        var holder = new Option<string>("--account") { Description = "Who visits, and pays.", HelpName = "ACCOUNT", Required = true };
        var space = new Option<string>("--space") { Description = "The one Space it is for.", HelpName = "OWNER/NAME", Required = true };
        var endpoint = new Option<string>("--endpoint") { Description = "The Gradio endpoint it is for, as in /predict.", HelpName = "/NAME", DefaultValueFactory = _ => "" };
        endpoint.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>().Length > IdentityTokens.LongestEndpoint) result.AddError($"An endpoint has at most {IdentityTokens.LongestEndpoint} characters.");
        });
        var minutes = new Option<double>("--minutes") { Description = "How long it is valid, up to a day.", HelpName = "N", DefaultValueFactory = _ => 10 };
        minutes.Validators.Add(result =>
        {
            if (!(result.GetValueOrDefault<double>() is >= 1.0 / 60 and <= 24 * 60)) result.AddError("--minutes must be between a second and a day: 0.02 to 1440.");
        });
        var command = new Command("identity", "Prints an identity token: the X-IP-Token a Space gets with a visitor's request.") { holder, space, endpoint, minutes };
        return shell.Verb(command, call =>
        {
            if (call.Hub.Catalogue.FindAccount(call.Get(holder)) is not { } account) return call.Terminal.Refuse(AccountCommands.Unknown(call.Get(holder)));
            if (SpaceCommands.Find(call, call.Get(space)) is not { } found) return call.Terminal.Refuse(SpaceCommands.Unknown(call.Get(space)));
            var lifetime = TimeSpan.FromMinutes(call.Get(minutes));
            var token = new IdentityTokens(call.Hub.Keys, () => call.Hub.Now).Issue(IdentityId.Of(account.Id), found.Id, NewId.OfEvent(), call.Get(endpoint), lifetime);
            return call.Terminal.Say(new { Token = token, Account = account.Name, Space = found.Id.ToString(), ExpiresAt = (call.Hub.Now + lifetime).ToUtc() }, token);
        });
    }
}
