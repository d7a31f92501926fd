// Old figures must not pass for new ones: when the live part cannot be fetched, say so until it can.
"use strict";
(() => {
  const stale = (is) => {
    const note = document.getElementById("stale");
    if (note && note.hidden === is) note.hidden = !is;
  };
  document.addEventListener("htmx:error", () => stale(true));
  document.addEventListener("htmx:after:request", (e) => {
    const status = e.detail?.ctx?.response?.status;
    stale(!(status >= 200 && status < 300));
  });
})();
