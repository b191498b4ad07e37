// Looks from the visitor's own browser at what only it can see: cookies, the Space's frame, the Space's own address. Then asks the hub.
"use strict";

(() => {
  const doctor = document.querySelector("[data-doctor]");
  if (!doctor) return;
  const patience = 6000;
  const { doctor: door, space, address, probe } = doctor.dataset;
  const progress = doctor.querySelector("[data-progress]");
  doctor.querySelector("[data-needs-script]").hidden = false;

  const cookiesKept = () => {
    document.cookie = "stint-doctor=1; SameSite=Lax; Max-Age=60";
    return document.cookie.includes("stint-doctor=1");
  };

  // What the hub's own page at the Space's address says; null where it does not answer in time.
  const heard = (source) => new Promise((resolve) => {
    const done = (me) => {
      removeEventListener("message", listen);
      clearTimeout(timer);
      resolve(me);
    };
    const listen = (message) => {
      if (message.origin === address && message.source === source() && message.data && message.data.stint === "me") done(message.data.me);
    };
    const timer = setTimeout(() => done(null), patience);
    addEventListener("message", listen);
  });

  const fromFrame = async () => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts allow-same-origin";
    frame.title = "Asks the Space's address who you are, from inside a frame";
    frame.hidden = true;
    frame.src = address + probe;
    const me = heard(() => frame.contentWindow);
    doctor.querySelector("[data-frame]").append(frame);
    const answer = await me;
    frame.remove();
    return answer;
  };

  const directly = async (opened) => {
    if (!opened) return null;
    const me = heard(() => opened);
    opened.location = address + probe;
    const answer = await me;
    opened.close();
    return answer;
  };

  const number = async (path, read) => {
    try {
      const answer = await fetch(path, { headers: { accept: "application/json" } });
      return answer.ok ? read(await answer.json()) : null;
    } catch {
      return null;
    }
  };

  const show = (answer) => {
    const place = doctor.querySelector("[data-findings]");
    place.replaceChildren();
    const add = (parent, name, text) => {
      const made = document.createElement(name);
      if (text !== undefined) made.textContent = text;
      parent.append(made);
      return made;
    };
    add(place, "h2", answer.healthy ? "Nothing amiss" : "Findings");
    if (answer.healthy) add(place, "p", `${answer.tried.length} checks, from your browser and from the hub's side, and nothing amiss.`).className = "card";
    const list = add(place, "ol");
    list.className = "findings";
    for (const finding of answer.findings) {
      const item = add(list, "li");
      item.className = "card";
      add(item, "h3", finding.seen);
      const facts = add(item, "dl");
      for (const [name, text] of [["Tried", finding.tried], ["Means", finding.means], ["Do", finding.do], ["Code", `${finding.code} (${finding.side})`]]) {
        add(facts, "dt", name);
        add(facts, "dd", text);
      }
    }
    doctor.querySelector("[data-report]").value = answer.report;
    const save = doctor.querySelector("[data-json]");
    save.href = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 2)], { type: "application/json" }));
    save.hidden = false;
  };

  const examine = async (opened) => {
    const caller = { door: "browser", clock: new Date().toISOString(), cookiesKept: cookiesKept() };
    // Whoever is not signed in has no quota to ask for, and a refusal would stand in the browser's console.
    if (doctor.dataset.known) caller.leftByApi = await number("/v1/quota", (quota) => quota.purses[0].leftSeconds);
    if (address) {
      progress.textContent = "Asking from inside a frame …";
      caller.framed = await fromFrame();
      progress.textContent = "Asking the Space's own address …";
      caller.direct = await directly(opened);
      if (opened && !caller.direct && !caller.framed) caller.unreachable = `${address} did not answer within ${patience / 1000} s.`;
    }
    const before = space && sessionStorage.getItem(`stint.opened.${space}`);
    if (before) caller.pageOpened = JSON.parse(before);
    progress.textContent = "Asking the hub …";
    const answer = await fetch(door, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ space: space || null, caller }),
    });
    if (!answer.ok) throw new Error(`The hub answered ${answer.status}.`);
    show(await answer.json());
    progress.textContent = "Done.";
  };

  doctor.querySelector("[data-examine]").addEventListener("click", (click) => {
    const button = click.currentTarget;
    button.disabled = true;
    // Only a click may open a window, so it is opened before anything is waited for.
    const opened = address ? open("about:blank", "stint-doctor", "popup,width=360,height=240") : null;
    examine(opened).catch((e) => { progress.textContent = String(e.message || e); }).finally(() => { button.disabled = false; });
  });
})();
