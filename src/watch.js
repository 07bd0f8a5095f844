for (const kind of ["error", "unhandledrejection"])
  addEventListener(kind, ({ error, reason = error }) => {
    const started = "started" in document.documentElement.dataset;
    if (!started || reason instanceof WebAssembly.RuntimeError)
      document.getElementById(started ? "died" : "not-started").hidden = false;
  });
