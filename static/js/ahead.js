// What the look ahead knows goes to its places: a problem to its field (not while somebody types there), a matched
// width into its field, the count of runs onto the button, the gist to who hears the page.
// <div id="preview"> with <script type="application/json" id="preview-facts">; [data-setting=NAME] holds a field,
// fieldset[data-problem=NAME] cards; <select data-matches=NAME> chooses what to match, #NAME-match says how near.
const preview = document.getElementById("preview");
const form = preview.closest("form");
const open = new Set();
const facts = () => JSON.parse(document.getElementById("preview-facts").textContent);
let { problems } = facts();

function place(name) {
  const input = document.getElementById(name) ?? form.querySelector(`[data-setting="${name}"] input`);
  return input ? [input, input.closest(".field")] : [form.querySelector(`fieldset[data-problem="${name}"]`)];
}

function mark(name, words) {
  const [input, field = input] = place(name);
  if (!input) return;
  const id = `${name}-error`;
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((word) => word && word !== id);
  let error = document.getElementById(id);
  if (words) {
    error ??= Object.assign(document.createElement("span"), { id, className: "error" });
    error.textContent = words;
    const hint = document.getElementById(`${name}-hint`);
    if (hint?.parentElement === field) hint.before(error);
    else field.append(error);
    described.push(id);
    input.setAttribute("aria-invalid", "true");
  } else {
    error?.remove();
    input.removeAttribute("aria-invalid");
  }
  if (described.length) input.setAttribute("aria-describedby", described.join(" "));
  else input.removeAttribute("aria-describedby");
}

function tell() {
  const marked = [...form.querySelectorAll(".error[id$=-error]")].map((error) => error.id.slice(0, -"-error".length));
  for (const name of marked) if (!problems[name]) mark(name, "");
  for (const [name, words] of Object.entries(problems)) {
    const typing = document.activeElement?.id === name && !marked.includes(name);
    if (name && !typing) mark(name, words);
  }
}

function show() {
  const { match, said, count, ...told } = facts();
  problems = told.problems;
  tell();
  for (const choice of form.querySelectorAll("select[data-matches]")) {
    const name = choice.dataset.matches;
    const found = match?.setting === name ? match : null;
    if (found) document.getElementById(name).value = found.value;
    document.getElementById(`${name}-match`).textContent = found?.words ?? "";
  }
  document.getElementById("preview-said").textContent = said;
  const button = form.querySelector("[data-many]");
  button.textContent = count > 1 ? button.dataset.many.replace("%s", count) : button.dataset.one;
  for (const details of preview.querySelectorAll("details")) details.open = open.has(details.id);
}

preview.addEventListener("htmx:afterSwap", show);
preview.addEventListener("toggle", ({ target }) => (target.open ? open.add(target.id) : open.delete(target.id)), true);
form.addEventListener("focusout", () => setTimeout(tell));
// A width of one's own is not matched any more.
form.addEventListener("input", ({ target }) => {
  const choice = form.querySelector(`select[data-matches="${target.name}"]`);
  if (choice) choice.value = "";
});
// A browser that comes back to the page restores what was typed, which the first look did not know.
addEventListener("pageshow", () => {
  const changed = ({ type, checked, defaultChecked, value, defaultValue, selectedIndex, selectedOptions }) => {
    if (selectedOptions) return selectedIndex > 0 && !selectedOptions[0].defaultSelected;
    return type === "checkbox" || type === "radio" ? checked !== defaultChecked : (defaultValue ?? value) !== value;
  };
  if ([...form.elements].some(changed)) form.dispatchEvent(new Event("said"));
});
