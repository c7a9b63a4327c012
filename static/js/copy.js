// <button data-copies="ID" data-done="Copied"> puts the text of #ID onto the clipboard and says so for a moment.
const SHOWN_MS = 1500;

// Without https a browser may have no clipboard for us; then the text is at least selected.
async function copy(place) {
  try {
    await navigator.clipboard.writeText(place.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(place);
    return false;
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button || !(await copy(document.getElementById(button.dataset.copies)))) return;
  const before = button.textContent;
  if (before === button.dataset.done) return;
  button.textContent = button.dataset.done;
  setTimeout(() => (button.textContent = before), SHOWN_MS);
});
