// Light or dark: the reader's choice is kept in a cookie, so that the page comes with it (base.html) and its first paint
// has the right colours; without one the system decides (tokens.css).
const YEAR_SECONDS = 365 * 24 * 3600;
const root = document.documentElement;
const systemDark = matchMedia("(prefers-color-scheme: dark)");

function wear(theme) {
  root.dataset.theme = theme;
  announce();
}

function announce() {
  document.dispatchEvent(new CustomEvent("theme"));
}

// Back and forward show a page as it was, perhaps from before a choice on another one.
function follow() {
  const kept = /(?:^|; )theme=(light|dark)/.exec(document.cookie)?.[1];
  if (kept && kept !== root.dataset.theme) wear(kept);
}

systemDark.addEventListener("change", announce);
document.querySelector("[data-theme-switch]").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : systemDark.matches;
  wear(dark ? "light" : "dark");
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
});
if (performance.getEntriesByType("navigation")[0]?.type === "back_forward") follow();
addEventListener("pageshow", ({ persisted }) => { if (persisted) follow(); });
