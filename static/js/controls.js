// <form data-chart-controls>: what is chosen there holds for all charts of the page, and is kept in its address.
import { address, chosen } from "./choices.js";

const form = document.querySelector("[data-chart-controls]");
// A run that never trained has no charts.
const { smoothing, x, log, band } = form?.elements ?? {};

function show(choices) {
  smoothing.value = choices.smoothing;
  x.value = choices.x;
  log.checked = choices.log;
  band.checked = choices.band;
  form.querySelector("output").textContent = choices.smoothing.toFixed(2);
}

const wanted = () => ({ smoothing: Number(smoothing.value), x: x.value, log: log.checked, band: band.checked });

form?.addEventListener("input", () => {
  const choices = wanted();
  show(choices);
  history.replaceState(history.state, "", address(location.pathname, location.search, choices));
  document.dispatchEvent(new CustomEvent("choices", { detail: choices }));
});
form?.addEventListener("submit", (event) => event.preventDefault());
if (form) show(chosen(location.search));
