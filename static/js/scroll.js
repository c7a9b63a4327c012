// Keeps <pre data-tail> at its end, unless the reader has scrolled up to read.
const atEnd = (pane) => pane.scrollHeight - pane.scrollTop - pane.clientHeight < 40;
let following = true;

const pane = () => document.querySelector("[data-tail]");
const toEnd = () => { const log = pane(); if (log && following) log.scrollTop = log.scrollHeight; };

document.addEventListener("scroll", (event) => {
  if (event.target.matches?.("[data-tail]")) following = atEnd(event.target);
}, true);
document.body.addEventListener("htmx:load", toEnd);
toEnd();
