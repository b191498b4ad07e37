using System.Globalization;
using Microsoft.Playwright;

namespace Stint.EndToEnd.Pages;

/// <summary>A page whose every change is noted with the moment at which it stood there: what a reader who never looks away would see.</summary>
internal sealed class Watched(IPage page)
{
    /// <summary>From here on the text of these elements is noted, one of them a meter or not.</summary>
    public static async Task<Watched> BeginAsync(IPage page, string selector)
    {
        await page.EvaluateAsync(
            """
            selector => {
              const read = () => [...document.querySelectorAll(selector)].map(it => it.value ?? it.textContent.trim()).join(' ');
              window.noted = [[read(), Date.now()]];
              new MutationObserver(() => {
                const text = read();
                if (text !== window.noted.at(-1)[0]) window.noted.push([text, Date.now()]);
              }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            }
            """, selector);
        return new(page);
    }

    /// <summary>When it first read so, in milliseconds of the clock that all of this machine share; null where it never did.</summary>
    public async Task<long?> SinceAsync(string text)
    {
        var at = await page.EvaluateAsync<double?>("text => window.noted.find(([seen]) => seen.includes(text))?.[1] ?? null", text);
        return (long?)at;
    }

    public Task<string> AllAsync() => page.EvaluateAsync<string>("() => window.noted.map(([text, at]) => `${at}: ${text}`).join('\\n')");

    public static string Number(decimal number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
