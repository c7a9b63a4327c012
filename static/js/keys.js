// One key does what an element says it does: <a aria-keyshortcuts="n">, <button aria-keyshortcuts="p">; "/" goes to the
// page's search, "?" shows which keys there are. Never while somebody types, and not at all for who switched it off.
const KEPT = "keys";
const dialog = document.getElementById("keys");
const box = dialog.querySelector("input[type=checkbox]");
const typing = "input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]";

function on() {
  try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; }
}

// Not with the page: the first look at what is kept holds it up for a hundredth of a second.
function show() {
  box.checked = on();
  dialog.showModal();
}

function keep() {
  try { localStorage.setItem(KEPT, box.checked ? "on" : "off"); } catch { /* private mode: nothing is kept */ }
}

function found(key) {
  const places = key === "/" ? "input[type=search]" : `[aria-keyshortcuts~="${CSS.escape(key)}"]`;
  return [...document.querySelectorAll(places)].find((place) => !place.disabled && place.checkVisibility());
}

document.addEventListener("keydown", (event) => {
  const { key, target, ctrlKey, altKey, metaKey, repeat, defaultPrevented } = event;
  if (ctrlKey || altKey || metaKey || repeat || defaultPrevented || key.length !== 1 || key === " ") return;
  if (target.matches?.(typing) || document.querySelector("dialog[open]") || !on()) return;
  if (key === "?") {
    event.preventDefault();
    return show();
  }
  const place = found(key);
  if (!place) return;
  // The key itself must not land in the field.
  event.preventDefault();
  if (key !== "/") return place.click();
  place.focus();
  place.select();
});
document.querySelector("[data-keys]").addEventListener("click", show);
box.addEventListener("change", keep);
