namespace Stint.Hub.Texts;

/// <summary>What a page says where all that there is to show is the status of an answer.</summary>
public static class StatusTexts
{
    public static string Title(int status) => status switch
    {
        StatusCodes.Status404NotFound => "There is no such page",
        StatusCodes.Status405MethodNotAllowed => "This page is asked for in another way",
        StatusCodes.Status429TooManyRequests => "Too much at once",
        >= StatusCodes.Status500InternalServerError => "The hub failed",
        _ => "The request cannot be read",
    };

    public static string Sentence(int status) => status switch
    {
        StatusCodes.Status404NotFound => "Nothing of this hub has this address. It may be mistyped, or what it led to is gone.",
        StatusCodes.Status405MethodNotAllowed => "What was sent to this address is not sent there. Go back to the page that it came from, and load it anew.",
        StatusCodes.Status429TooManyRequests => "This was asked for too often, or is open too many times. Try again in a moment.",
        >= StatusCodes.Status500InternalServerError => Problems.HubAtFault.Detail,
        _ => "What was sent is not of the form that this address takes. Go back to the page that it came from, and load it anew.",
    };
}
