namespace Stint.Hub.Texts.Findings;

/// <summary>What the doctor tries, as a person would say it; a list of all of them stands under every examination.</summary>
public static class TriedTexts
{
    public const string Ledger = "Add up the ledger again, entry by entry";
    public const string HubClock = "Compare the hub's wall clock with the clock the ledger runs by";
    public const string Room = "Look for room where the hub keeps its data";
    public const string Forwarder = "See who hands requests on to the hub";
    public const string Address = "Compare the address that was asked with the one the hub knows as its own";
    public const string Overdue = "Look for holds on GPU time that should have ended";
    public const string Numbers = "Compare the numbers of the page, the API and the gate";
    public const string Rules = "Look for rules of plans that can never take effect";
    public const string CallerClock = "Compare the caller's clock with the hub's";

    public const string Cookies = "Set a cookie and ask for it again";
    public const string Header = "Look for a token in headers where nobody reads one";
    public const string AtHub = "Ask the hub who you are";
    public const string Missing = "Look for a sign-in or a token in the request";
    public const string Reach = "Ask the Space's address";
    public const string Hop = "Send a token to the Space's address and see whether it arrives";
    public const string AtSpace = "Ask the Space's address who you are";
    public const string Direct = "Ask the Space's address whether it knows your sign-in";
    public const string Framed = "Ask from inside the Space's frame who you are";
    public const string Other = "Compare who you are at the hub with who you are at the Space";
    public const string OlderPage = "Compare your plan with the one the open page was counted by";

    public const string Exists = "Look for the Space";
    public const string Open = "See whether the Space is open to you";
    public const string Running = "See how the Space is doing";
    public const string App = "Ask the app for its own configuration";
    public const string Sdk = "See whether calls of the Space's events carry their visitor on";
    public const string Background = "See whether the Space calls the GPU when no visitor is there";
    public const string OtherApps = "See whether other apps call this Space without their visitor";
    public const string Never = "See whether the Space asks for GPUs at all";
    public const string OwnQueueSize = "See whether the app turns visitors away itself";
    public const string OwnQueue = "Look for a queue of the app's own in front of the hub's";

    public const string Nodes = "Look for nodes that do not answer";
    public const string Slots = "Count the slots";
    public const string Quarantined = "Look for slots that were taken out";
    public const string Queue = "See how long the queue is";
    public const string Wait = "See how long a new run would wait";
    public const string Shared = "See who shares your network address";
    public const string Left = "Read what is left";
    public const string LastRefusal = "Open your latest refusal";
}
