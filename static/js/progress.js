// Moves <progress data-progress="7"> and the page's title with every step report of run 7.
document.addEventListener("live", ({ detail }) => {
  if (typeof detail.progress !== "number") return;
  for (const bar of document.querySelectorAll(`[data-progress="${detail.run_id}"]`)) bar.value = detail.progress;
  const percent = `${Math.floor(100 * detail.progress)} %`;
  for (const words of document.querySelectorAll(`[data-percent="${detail.run_id}"]`)) words.textContent = percent;
  document.title = document.title.replace(/\d+ %/, percent);
});

// The server's header knows the title best; it carries it along with every refresh.
document.body.addEventListener("htmx:load", ({ target }) => {
  const title = target.dataset?.pageTitle;
  if (title) document.title = title;
});
