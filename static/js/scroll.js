// Keeps <pre data-tail> at its end through every refresh, or where the reader has scrolled to; while text in it is
// selected, it stays as it is. <... id data-keeps-scroll> simply stays where it was scrolled to.
const atEnd = (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
let following = true;
let place = 0;
const places = new Map();

const pane = () => document.querySelector("[data-tail]");

function restore() {
  const log = pane();
  if (log) log.scrollTop = following ? log.scrollHeight : place;
  for (const [id, top] of places) {
    const kept = document.getElementById(id);
    if (kept && kept.scrollTop !== top) kept.scrollTop = top;
  }
}

document.addEventListener("scroll", ({ target }) => {
  if (target.matches?.("[data-keeps-scroll]")) places.set(target.id, target.scrollTop);
  if (!target.matches?.("[data-tail]")) return;
  following = atEnd(target);
  place = target.scrollTop;
}, true);
function wait(event) {
  const selection = getSelection();
  if (!selection.isCollapsed && event.detail.target.contains(pane()) && pane()?.contains(selection.anchorNode)) {
    event.detail.shouldSwap = false;
  }
}

for (const name of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) document.body.addEventListener(name, wait);
document.body.addEventListener("htmx:load", restore);
restore();
