// Which points a live event adds to a figure's traces. Pure: charts.js does the drawing, node tests this.
// trace.meta = {event, x, y, scale, run, replace, when}; see app/figures.py.
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

// For Plotly.extendTraces and Plotly.restyle: the same points as parallel lists.
export function batches(added) {
  const lists = (some) => ({
    data: { x: some.map((point) => [point.x]), y: some.map((point) => [point.y]) },
    indices: some.map((point) => point.index),
  });
  return {
    extend: lists(added.filter((point) => !point.replace)),
    replace: lists(added.filter((point) => point.replace)),
  };
}
