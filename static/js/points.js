// How live events make a figure's traces grow. Pure: charts.js does the drawing, node tests this.
// trace.meta = {event, x, y, scale, run, replace, when, began}; see app/drawing/figures.py and app/watching/charts.py.
// `key` is one key, or several that lead into nested objects.
const at = (event, key) => [key].flat().reduce((value, part) => value?.[part], event);

export function points(traces, event) {
  const added = [];
  traces.forEach((trace, index) => {
    const meta = trace.meta ?? {};
    if (meta.event !== event.kind || meta.run !== event.run_id || (meta.when && !event[meta.when])) return;
    const x = at(event, meta.x);
    const y = at(event, meta.y);
    if (x == null || y == null) return;
    // A point that is there already (the page was painted after it, or a run resumed) is not drawn twice.
    if (!meta.replace && trace.x.length && x <= trace.x.at(-1)) return;
    added.push({ index, x, y: y * (meta.scale ?? 1), replace: Boolean(meta.replace) });
  });
  return added;
}

// Changes the traces; says whether there was anything to change.
export function grow(traces, event) {
  if (event.kind === "started") return begin(traces, event);
  const added = points(traces, event);
  for (const { index, x, y, replace } of added) {
    const trace = traces[index];
    if (replace) for (const name of ["x", "y", "customdata"]) trace[name]?.splice(0);
    trace.x.push(x);
    trace.y.push(y);
    trace.customdata?.push(secondsSince(trace.meta.began, event));
  }
  return added.length > 0;
}

const secondsSince = (began, { created_at: now }) => (began == null || !now ? null : (Date.parse(now) - began) / 1000);

// A training that begins tells how many steps an epoch has; what it did beyond the place it goes on from, it does again.
function begin(traces, event) {
  const { steps_per_epoch: steps = 1, resumed_epoch: epoch = 0, resumed_step: step = 0 } = event;
  const place = epoch + step / steps;
  const grown = traces.filter(({ meta }) => meta?.event && meta.run === event.run_id);
  for (const trace of grown) {
    if ("began" in trace.meta) trace.meta.steps = steps;
    if ("began" in trace.meta && place === 0) trace.meta.began = Date.parse(event.created_at);
    if ("images" in trace.meta) trace.meta.images = event[`${event.selection}_images`] ?? null;
    const kept = trace.x.filter((x) => x <= place + 1e-9).length;
    for (const name of ["x", "y", "customdata"]) trace[name]?.splice(kept);
  }
  return grown.length > 0;
}
