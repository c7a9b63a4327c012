// The runs of a group open under it, in the place of a page of their own, and stay open when the list is refreshed.
// <a href="/?..." data-opens-group="7" data-from="/partials/members?..." aria-expanded="false">
const open = new Set();
const links = () => document.querySelectorAll("[data-opens-group]");
const members = (link) => {
  const next = link.closest("tr").nextElementSibling;
  return next?.matches(".of-group") ? next : null;
};

async function show(link) {
  link.setAttribute("aria-expanded", "true");
  if (members(link)) return;
  const row = link.closest("tr");
  await window.htmx.ajax("GET", link.dataset.from, { target: row, swap: "afterend" });
}

function hide(link) {
  link.setAttribute("aria-expanded", "false");
  members(link)?.remove();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens-group]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !window.htmx) return;
  event.preventDefault();
  const id = link.dataset.opensGroup;
  if (open.has(id)) {
    open.delete(id);
    hide(link);
  } else {
    open.add(id);
    show(link);
  }
});
document.body.addEventListener("htmx:load", ({ target }) => {
  if (!target.matches("[data-select]")) return;
  for (const link of links()) if (open.has(link.dataset.opensGroup)) show(link);
});
