// What every page does with script: moments in the reader's own time, spans that run down, and parts that change while the page
// is open. Without it each page is whole, and still.
"use strict";

(() => {
  const failed = 15000;

  const localTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const localise = (within) => {
    for (const time of within.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.title = time.textContent;
      time.textContent = localTime.format(at);
    }
  };

  const span = (seconds) => {
    const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return (parts[0] ? parts : parts.slice(1)).map((part, i) => (i ? String(part).padStart(2, "0") : String(part))).join(":");
  };
  const runDown = (within) => {
    for (const place of within.querySelectorAll("[data-until]")) {
      const text = span(Math.max(0, Math.ceil((new Date(place.dataset.until) - Date.now()) / 1000)));
      if (place.textContent !== text) place.textContent = text;
    }
  };

  // What a reader opened, typed or chose is theirs.
  const isTheirs = (element, attribute) =>
    (attribute === "open" && element.matches("details, dialog")) || (/^(value|checked)$/.test(attribute) && element.matches("input:not([type=hidden])"));

  const become = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(fresh);
      return;
    }
    if (old.nodeType !== Node.ELEMENT_NODE) {
      old.nodeValue = fresh.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !isTheirs(old, name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value && !isTheirs(old, name)) old.setAttribute(name, value);
    if (old.matches("iframe, textarea, select")) return;
    const before = [...old.childNodes];
    [...fresh.childNodes].forEach((node, i) => (i < before.length ? become(before[i], node) : old.append(node)));
    before.slice(fresh.childNodes.length).forEach((node) => node.remove());
  };

  const take = (page) => {
    // A page of another kind may frame what this one may not: that is for the browser to load anew.
    const kindOf = (of) => of.querySelector("[data-live-kind]")?.dataset.liveKind;
    if (kindOf(page) !== kindOf(document)) {
      location.reload();
      return;
    }
    localise(page);
    runDown(page);
    const places = (of) => Map.groupBy(of.querySelectorAll("[data-live]"), (place) => place.dataset.live);
    const fresh = places(page);
    for (const [name, olds] of places(document)) olds.forEach((old, i) => fresh.get(name)?.[i] && become(old, fresh.get(name)[i]));
  };

  // What comes while a page asks, or before it may ask again, is asked for once, afterwards: the last word is never missed.
  const from = document.body.dataset.liveFrom;
  const gap = Number(document.body.dataset.liveGap ?? 0);
  let asking = false;
  let askAgain = false;
  let mayAskAt = 0;
  let later = null;
  const ask = async () => {
    if (later) return;
    if (asking) {
      askAgain = true;
      return;
    }
    if (mayAskAt > performance.now()) {
      later = setTimeout(() => {
        later = null;
        ask();
      }, mayAskAt - performance.now());
      return;
    }
    asking = true;
    askAgain = false;
    mayAskAt = performance.now() + gap;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect") location.reload();
      else if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // The hub is away; the stream tells when it is back.
      askAgain = false;
    } finally {
      asking = false;
    }
    if (askAgain) ask();
  };

  // A page that nobody sees holds no stream; where there is none to be had, the page asks now and then.
  let stream = null;
  let seen = new URLSearchParams(from?.split("?")[1]).get("seen");
  let timer = null;
  const listen = () => {
    if (document.hidden || stream || timer) return;
    stream = new EventSource(from.replace(/seen=\d*/, `seen=${seen}`));
    stream.onmessage = (message) => {
      seen = message.lastEventId;
      ask();
    };
    stream.onerror = () => {
      if (stream?.readyState !== EventSource.CLOSED) return;
      stream = null;
      timer = setTimeout(() => {
        timer = null;
        if (!document.hidden) ask();
        listen();
      }, failed);
    };
  };
  const rest = () => {
    stream?.close();
    stream = null;
  };

  // Some things change with time alone: what a run has used by now, as long as there is one.
  const lookAgain = () => {
    if (!document.hidden && document.querySelector("[data-live-running]")) ask();
  };

  localise(document);
  runDown(document);
  setInterval(() => runDown(document), 500);
  if (!from) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : listen()));
  addEventListener("pagehide", rest);
  addEventListener("pageshow", listen);
  setInterval(lookAgain, 2000);
  listen();
})();
