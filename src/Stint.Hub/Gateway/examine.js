// Tells the hub's page that opened or framed this one who the hub takes its visitor for at this address.
"use strict";

(async () => {
  const answer = await fetch("/.stint/me", { headers: { accept: "application/json" }, cache: "no-store" });
  const asked = window.opener || (window.parent === window ? null : window.parent);
  if (asked) asked.postMessage({ stint: "me", me: await answer.json() }, document.documentElement.dataset.hub);
})();
