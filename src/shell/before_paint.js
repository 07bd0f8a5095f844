(() => {
  const THEME = "$THEME_KEY";
  const SESSION = "$STORAGE_KEY";
  const root = document.documentElement;
  const read = (storage, key) => {
    try {
      return window[storage].getItem(key);
    } catch {
      return null;
    }
  };
  const chosen = () => {
    const theme = read("localStorage", THEME);
    return theme === "light" || theme === "dark" ? theme : "system";
  };

  let theme;
  const show = (wanted) => {
    theme = wanted;
    root.dataset.theme = theme;
    const meta = document.querySelector("meta[name=color-scheme]");
    meta?.setAttribute("content", theme === "system" ? "light dark" : theme);
    for (const choice of document.getElementsByName("theme")) choice.checked = choice.value === theme;
  };
  show(chosen());
  addEventListener("DOMContentLoaded", () => show(theme));
  addEventListener("pageshow", ({ persisted }) => persisted && show(chosen()));
  addEventListener("storage", ({ key }) => (key === THEME || key === null) && show(chosen()));
  addEventListener("change", ({ target }) => {
    if (target.name !== "theme") return;
    show(target.value);
    try {
      if (theme === "system") localStorage.removeItem(THEME);
      else localStorage.setItem(THEME, theme);
    } catch {}
  });

  const record = read("sessionStorage", SESSION) ?? read("localStorage", SESSION);
  if (record?.includes("refreshToken")) {
    root.dataset.session = "stored";
    setTimeout(() => delete root.dataset.session, 5000);
  }
})();
