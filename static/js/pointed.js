// The line that is pointed at, by mouse or keyboard, in the legend or in the table of results, stands out: in each chart
// that shows it the others are faint. <... data-line="7"> and <tr data-of="7"> name a line, trace.meta.line whose a trace is.
let pointed;

const lineOf = (trace) => trace.__data__?.[0]?.trace?.meta?.line;

function show(plot) {
  const traces = [...plot.querySelectorAll(".trace")];
  const shown = traces.some((trace) => String(lineOf(trace)) === pointed);
  for (const trace of traces) {
    const line = lineOf(trace);
    trace.classList.toggle("faint", shown && line !== undefined && String(line) !== pointed);
  }
}

function point(place) {
  const named = place?.closest?.("[data-line], [data-of]");
  const line = named?.dataset.line ?? named?.dataset.of;
  if (line === pointed) return;
  pointed = line;
  document.querySelectorAll(".plot").forEach(show);
}

// A finger points at nothing that it does not press.
document.addEventListener("pointerover", ({ target, pointerType }) => { if (pointerType !== "touch") point(target); });
document.addEventListener("focusin", ({ target }) => { if (target.matches(":focus-visible")) point(target); });
document.addEventListener("drawn", ({ target }) => { if (pointed) show(target); });
// To nowhere on this page.
document.addEventListener("focusout", ({ relatedTarget }) => { if (!relatedTarget) point(); });
document.documentElement.addEventListener("pointerleave", () => point());
