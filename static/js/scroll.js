// Keeps <pre data-tail> at its end through every refresh, or where the reader has scrolled to; while text in it is
// selected, it stays as it is.
const atEnd = (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
let following = true;
let place = 0;

const pane = () => document.querySelector("[data-tail]");
const restore = () => { const log = pane(); if (log) log.scrollTop = following ? log.scrollHeight : place; };

document.addEventListener("scroll", ({ target }) => {
  if (!target.matches?.("[data-tail]")) return;
  following = atEnd(target);
  place = target.scrollTop;
}, true);
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const selection = getSelection();
  if (!selection.isCollapsed && event.detail.target.contains(pane()) && pane()?.contains(selection.anchorNode)) {
    event.detail.shouldSwap = false;
  }
});
document.body.addEventListener("htmx:load", restore);
restore();
