// Light or dark: the reader's choice is kept in this browser; without one the system decides (tokens.css).
// Loaded as a classic script in <head>, so that the first paint has the right colours.
(() => {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const systemDark = matchMedia("(prefers-color-scheme: dark)");
  const current = () => root.dataset.theme ?? (systemDark.matches ? "dark" : "light");
  const announce = () => document.dispatchEvent(new CustomEvent("theme"));

  if (["light", "dark"].includes(kept())) root.dataset.theme = kept();
  systemDark.addEventListener("change", announce);

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    root.dataset.theme = current() === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* private mode: holds for this page */ }
    announce();
  });
})();
