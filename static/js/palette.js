// A figure in the colours of the page's theme; the figure itself stays as the server sent it. Pure but for `read`,
// which gives the value of a CSS custom property.
export function themed({ data, layout }, read) {
  const axis = { gridcolor: read("--line"), zerolinecolor: read("--line"), linecolor: read("--edge"), tickcolor: read("--edge") };
  const dressed = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  dressed.font = { color: read("--ink"), family: read("--font"), size: 12 };
  dressed.hoverlabel = { bgcolor: read("--surface"), bordercolor: read("--edge"), font: { color: read("--ink"), family: read("--font") } };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  for (const key of axes) dressed[key] = { ...layout[key], ...axis };
  return { data: data.map((trace) => colored(trace, read)), layout: { ...layout, ...dressed } };
}

function colored(trace, read) {
  const series = trace.meta?.series;
  if (series == null) return trace;
  const color = read(`--series-${(series % 8) + 1}`);
  const painted = { ...trace };
  if (trace.line) painted.line = { ...trace.line, color };
  if (trace.marker) painted.marker = { ...trace.marker, color };
  if (trace.marker?.line) painted.marker.line = { ...trace.marker.line, color: read("--surface") };
  if (trace.error_x) painted.error_x = { ...trace.error_x, color: read("--muted") };
  return painted;
}
