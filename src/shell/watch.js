(() => {
  const root = document.documentElement;
  const show = (started, cause) => {
    const place = document.getElementById(started ? "died" : "not-started");
    if (!place) return;
    const text = document.getElementById("causes").content.querySelector(`[data-cause="${cause}"]`);
    // An error of an extension has no cause that is known here, and must not hide one that comes later.
    const isKnown = ![undefined, "slow"].includes(place.dataset.shown);
    if (text && !isKnown) {
      place.querySelector("p").textContent = text.textContent;
      place.dataset.shown = cause;
    }
    place.hidden = false;
  };
  for (const kind of ["error", "unhandledrejection"])
    addEventListener(kind, ({ error, reason = error }) => {
      const started = "started" in root.dataset;
      if (started && !(reason instanceof WebAssembly.RuntimeError)) return;
      show(started, reason?.cause);
      // The words stand at the end of the page, which may still be on its way.
      addEventListener("DOMContentLoaded", () => show(started, reason?.cause));
    });
  // Without the style sheet it would be seen.
  addEventListener("DOMContentLoaded", () => document.getElementById("scripts-blocked")?.remove());
  // By then start.js has begun, unless it was blocked or cut out. If it failed at once, that is shown already.
  addEventListener("load", () => {
    if (!("starting" in root.dataset) && document.getElementById("not-started")?.hidden) show(false, "blocked");
  });
  setTimeout(() => "started" in root.dataset || show(false, "slow"), 20_000);
  addEventListener("click", ({ target }) => target.closest?.("[data-reload]") && location.reload());
})();
