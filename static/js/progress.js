// Moves <progress data-progress="7"> and the page's title with the step reports of run 7, of all runs at once and a few
// times a second: a bar that moves makes the browser lay its table out anew.
import { coalesce } from "./coalesce.js";

const PAUSE_MS = 250;
const newest = new Map();

function move(run, progress) {
  for (const bar of document.querySelectorAll(`[data-progress="${run}"]`)) bar.value = progress;
  const percent = `${Math.floor(100 * progress)} %`;
  for (const words of document.querySelectorAll(`[data-percent="${run}"]`)) words.textContent = percent;
  const title = document.title.replace(/\d+ %/, percent);
  if (title !== document.title) document.title = title;
}

const moveAll = coalesce(() => {
  newest.forEach((progress, run) => move(run, progress));
  newest.clear();
}, PAUSE_MS);

document.addEventListener("live", ({ detail }) => {
  if (typeof detail.progress !== "number") return;
  newest.set(detail.run_id, detail.progress);
  moveAll("progress");
});

// The server's header knows the title best; it carries it along with every refresh.
document.body.addEventListener("htmx:load", ({ target }) => {
  const title = target.dataset?.pageTitle;
  if (title) document.title = title;
});
