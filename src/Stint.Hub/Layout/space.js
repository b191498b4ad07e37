// Keeps what a Space's page says of GPU time and of the last run what it is. Without this script the page is whole, and still.
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

  const look = async () => {
    if (document.hidden) return every;
    try {
      const answer = await fetch(watched.dataset.standing, { headers: { accept: "application/json" } });
      if (!answer.ok) return afterFailure;
      const standing = await answer.json();
      // The frame is there or not by the stage, so another stage is another page.
      if (standing.stage !== stage) {
        location.reload();
        return afterFailure;
      }
      for (const name of ["left", "resets", "receipt", "receiptAt"]) show(name, standing[name]);
      const meter = document.querySelector("[data-live-meter]");
      if (meter) {
        meter.max = standing.allowanceSeconds;
        meter.value = standing.leftSeconds;
      }
      return every;
    } catch {
      return afterFailure;
    }
  };

  const again = async () => setTimeout(again, await look());
  setTimeout(again, every);
})();
