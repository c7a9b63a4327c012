// One legend for all charts of the page, instead of one drawn in each: a click hides and shows a line everywhere, a
// double click shows it alone. <... data-legend> with <button data-line="7" aria-pressed="true"> and, for all at once,
// <button data-lines="all"> and <button data-lines="none">. trace.meta.line says whose a trace is. What is hidden is kept in
// the page's address, and the server is told of it with every request, whose answer may say the address anew.
const hidden = new Set();
const legend = () => document.querySelector("[data-legend]");
const lines = () => [...(legend()?.querySelectorAll("[data-line]") ?? [])].map((button) => button.dataset.line);

// The figure as the legend wants it. Of layout.meta.most lines at most there is room for; layout.meta.legend keeps
// whether the figure has a legend of its own where it stands alone, in a file.
export function lit({ data, layout }, off = hidden, shared = Boolean(legend())) {
  if (!shared) return { data, layout };
  let room = layout.meta?.most ?? Infinity;
  const seen = (line) => !off.has(String(line)) && room-- > 0;
  const kept = data.map((trace) => (trace.meta?.line == null ? trace : { ...trace, visible: seen(trace.meta.line) }));
  const { margin, meta, showlegend = false } = layout;
  const bare = { showlegend: false, margin: { ...margin, t: 12 }, meta: { ...meta, legend: showlegend } };
  return { data: kept, layout: { ...layout, ...bare } };
}

// What a press of this button leaves hidden.
export function pressed({ line, lines: wanted }, twice, all, off) {
  if (wanted) return wanted === "none" ? all : [];
  // The first click of the two has hidden what was there alone.
  if (twice) return off.length === all.length ? [] : all.filter((one) => one !== line);
  return off.includes(line) ? off.filter((one) => one !== line) : [...off, line];
}

export const given = (search) => (new URLSearchParams(search).get("hide") ?? "").split(",").filter(Boolean);

// The same path and search with these hidden.
export function hiding(address, off) {
  const [path, search] = address.split("?");
  const asked = new URLSearchParams(search);
  asked.delete("hide");
  if (off.length) asked.set("hide", off.join(","));
  return `${path}?${asked}`.replaceAll("%2C", ",");
}

function keep() {
  history.replaceState(history.state, "", hiding(location.pathname + location.search, [...hidden]));
  // The page in a file hides the same.
  for (const link of document.querySelectorAll("[data-hides]")) {
    link.setAttribute("href", hiding(link.getAttribute("href"), [...hidden]));
  }
}

// Also after the server has rendered it anew.
function show() {
  for (const button of legend()?.querySelectorAll("[data-line]") ?? []) {
    button.setAttribute("aria-pressed", !hidden.has(button.dataset.line));
  }
}

if (typeof document !== "undefined") {
  given(location.search).forEach((line) => hidden.add(line));
  document.addEventListener("click", ({ target, detail }) => {
    const button = target.closest("[data-legend] button");
    if (!button) return;
    const off = pressed(button.dataset, detail === 2, lines(), [...hidden]);
    hidden.clear();
    off.forEach((line) => hidden.add(line));
    show();
    keep();
    document.dispatchEvent(new CustomEvent("legend"));
  });
  document.body.addEventListener("htmx:load", show);
  document.body.addEventListener("htmx:configRequest", ({ detail }) => {
    if (legend()) detail.parameters.hide = [...hidden].join(",");
  });
}
