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

function channels(hex) {
  return [1, 3, 5].map((place) => parseInt(hex.slice(place, place + 2), 16));
}

// Of the ordered scale, as app/drawing/figures.py mixes it.
export function shaded(place, first, last) {
  const mixed = channels(first).map((one, index) => Math.round(one + (channels(last)[index] - one) * place));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

// Of a band, as THIN in app/drawing/figures.py.
const thin = (hex) => `rgba(${channels(hex).join(", ")}, 0.18)`;

function colorOf({ series, shade }, read) {
  if (shade != null) return shaded(shade, read("--scale-first"), read("--scale-last"));
  return series == null ? null : read(`--series-${(series % 8) + 1}`);
}

function colored(trace, read) {
  const color = colorOf(trace.meta ?? {}, read);
  if (color == null) return trace;
  const painted = { ...trace };
  if (trace.fillcolor) painted.fillcolor = thin(color);
  if (trace.line) painted.line = { ...trace.line, color };
  if (trace.marker) painted.marker = { ...trace.marker, color };
  if (trace.marker?.line) painted.marker.line = { ...trace.marker.line, color: read("--surface") };
  for (const error of ["error_x", "error_y"]) if (trace[error]) painted[error] = { ...trace[error], color: read("--muted") };
  return painted;
}
