// Light or dark: the reader's choice is kept in a cookie, so that the page comes with it (base.html) and its first paint
// has the right colours; without one the system decides (tokens.css).
const YEAR_SECONDS = 365 * 24 * 3600;
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");
const announce = () => document.dispatchEvent(new CustomEvent("theme"));

systemDark.addEventListener("change", announce);
document.querySelector("[data-theme-switch]").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
  announce();
});
