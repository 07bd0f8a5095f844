(() => {
  const root = document.documentElement;
  const show = (started, cause) => {
    const place = document.getElementById(started ? "died" : "not-started");
    if (!place) return;
    const text = document.getElementById("causes")?.content?.querySelector(`[data-cause="${cause}"]`);
    // An extension's error has no cause, and must not prevent a later one from being shown.
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
      // The texts are at the end of the page, which may still be loading.
      addEventListener("DOMContentLoaded", () => show(started, reason?.startCause));
    });
  // It would be visible if the stylesheet did not load.
  addEventListener("DOMContentLoaded", () => document.getElementById("scripts-blocked")?.remove());
  // start.js runs before the load event, unless it was blocked or removed. If it has failed, a message is shown
  // already.
  addEventListener("load", () => {
    if (!("script" in root.dataset) && document.getElementById("not-started")?.hidden) show(false, "blocked");
  });
  setTimeout(() => {
    const showSlow = () => "started" in root.dataset || show(false, "slow");
    showSlow();
    // The end of the page may still be loading.
    addEventListener("DOMContentLoaded", showSlow);
  }, 20_000);
  addEventListener("click", ({ target }) => target.closest?.("[data-reload]") && location.reload());
})();
