for (const kind of ["error", "unhandledrejection"])
  addEventListener(kind, ({ error, reason = error }) => {
    const started = "started" in document.documentElement.dataset;
    if (started && !(reason instanceof WebAssembly.RuntimeError)) return;
    const show = () => document.getElementById(started ? "died" : "not-started")?.removeAttribute("hidden");
    show();
    // The words stand at the end of the page, which may still be on its way.
    addEventListener("DOMContentLoaded", show);
  });
