// Keeps what a Space's page says of GPU time, the queue and the last run what it is. Without this script the page is whole, and still.
"use strict";

(() => {
  const watched = document.querySelector("[data-standing]");
  if (!watched) return;

  const every = 2000;
  const afterFailure = 15000;
  const stage = watched.dataset.stage;

  const show = (name, text) => {
    for (const place of document.querySelectorAll(`[data-live="${name}"]`)) {
      if (place.textContent !== text) place.textContent = text;
    }
  };

  const line = (text, kind) => {
    const paragraph = document.createElement("p");
    paragraph.textContent = text;
    if (kind) paragraph.className = kind;
    return paragraph;
  };

  let queued = null;
  const showQueue = (tasks) => {
    const place = document.querySelector("[data-live-queue]");
    const reads = JSON.stringify(tasks);
    if (!place || reads === queued) return;
    queued = reads;
    place.hidden = tasks.length === 0;
    place.querySelector("ol").replaceChildren(...tasks.map((task) => {
      const item = document.createElement("li");
      item.append(line(task.sentence), line(task.moved, "quiet"));
      return item;
    }));
  };

  const take = (standing) => {
    // The frame is there or not by the stage, so another stage is another page.
    if (standing.stage !== stage) {
      location.reload();
      return;
    }
    for (const name of ["left", "resets", "receipt", "receiptAt"]) show(name, standing[name]);
    showQueue(standing.queue);
    const meter = document.querySelector("[data-live-meter]");
    if (meter) {
      meter.max = standing.allowanceSeconds;
      meter.value = standing.leftSeconds;
    }
  };

  const look = async () => {
    if (document.hidden) return every;
    try {
      const answer = await fetch(watched.dataset.standing, { headers: { accept: "application/json" } });
      if (!answer.ok) return afterFailure;
      take(await answer.json());
      return every;
    } catch {
      return afterFailure;
    }
  };

  const again = async () => setTimeout(again, await look());

  // A page that nobody sees holds no stream; where there is none to be had, the page asks now and then.
  let stream = null;
  const listen = () => {
    if (document.hidden || stream) return;
    stream = new EventSource(watched.dataset.events);
    stream.onmessage = (message) => take(JSON.parse(message.data));
    stream.onerror = () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      stream = null;
      document.removeEventListener("visibilitychange", listen);
      again();
    };
  };
  const rest = () => {
    if (!document.hidden) return;
    stream?.close();
    stream = null;
  };
  document.addEventListener("visibilitychange", rest);
  document.addEventListener("visibilitychange", listen);
  listen();
})();
