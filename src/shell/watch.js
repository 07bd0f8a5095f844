(() => {
  const root = document.documentElement;
  const show = (started, cause) => {
    const place = document.getElementById(started ? "died" : "not-started");
    if (!place) return;
    const text = document.getElementById("causes")?.content?.querySelector(`[data-cause="${cause}"]`);
    // An error of an extension has no cause of ours, and must not hide one that comes later.
    const hasCause = ![undefined, "slow"].includes(place.dataset.shown);
    const paragraph = place.querySelector("p");
    if (text && paragraph && !hasCause) {
      paragraph.textContent = text.textContent;
      place.dataset.shown = cause;
    }
    place.hidden = false;
  };
  for (const kind of ["error", "unhandledrejection"])
    addEventListener(kind, ({ error, reason = error }) => {
      const started = "started" in root.dataset;
      if (started && !(reason instanceof WebAssembly.RuntimeError)) return;
      show(started, reason?.startCause);
      // The words stand at the end of the page, which may still be on its way.
      addEventListener("DOMContentLoaded", () => show(started, reason?.startCause));
    });
  // Without the style sheet it would be seen.
  addEventListener("DOMContentLoaded", () => document.getElementById("scripts-blocked")?.remove());
  // By the load event start.js has begun, unless it was blocked or cut out. If it has failed, that is shown already.
  addEventListener("load", () => {
    if (!("script" in root.dataset) && document.getElementById("not-started")?.hidden) show(false, "blocked");
  });
  setTimeout(() => {
    const showSlow = () => "started" in root.dataset || show(false, "slow");
    showSlow();
    // The end of the page may be still on its way.
    addEventListener("DOMContentLoaded", showSlow);
  }, 20_000);
  addEventListener("click", ({ target }) => target.closest?.("[data-reload]") && location.reload());
})();
