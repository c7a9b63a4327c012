// A figure in the colours of the page's theme; the figure itself stays as the server sent it. Pure but for `read`,
// which gives the value of a CSS custom property.
export function themed({ data, layout }, read) {
  const [line, edge] = [read("--line"), read("--edge")];
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: edge, tickcolor: edge };
  const dressed = { paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)" };
  dressed.modebar = { bgcolor: "rgba(0,0,0,0)", color: read("--muted"), activecolor: read("--accent") };
  dressed.font = { color: read("--ink"), family: read("--font"), size: 12 };
  dressed.hoverlabel = { bgcolor: read("--surface"), bordercolor: edge, font: { ...dressed.font } };
  const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
  // A spike's colour on the other axis would draw a line there too.
  for (const key of axes) dressed[key] = { ...layout[key], ...axis, ...(key[0] === "x" ? { spikecolor: edge } : {}) };
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
