// A chart as a file for a report: as it is shown, zoomed and with the curves that are on, but in the light colours on white.
import { themed } from "./palette.js";

const LEAST = { width: 800, height: 450 };
const TITLE = 36;

// /runs/7 and figure-loss -> run-7-loss; /compare?runs=1,2 -> compare-1-2-accuracy.
export function fileName({ pathname, search }, figure) {
  const runs = (new URLSearchParams(search).get("runs") ?? "").split(",").filter(Boolean).slice(0, 8);
  const page = pathname.replace(/^\/runs\//, "run-").replaceAll("/", "-").replace(/^-/, "");
  return [page, ...runs, figure.replace(/^figure-/, "")].filter(Boolean).join("-");
}

// The first block of tokens.css is the light theme, whatever the page is in now.
function light(name) {
  const rules = [...document.styleSheets].flatMap((sheet) => (sheet.href?.includes("/tokens") ? [...sheet.cssRules] : []));
  return rules.find((rule) => rule.selectorText === ":root")?.style.getPropertyValue(name).trim() ?? "";
}

// Plotly reads markup in titles.
const plain = (text) => text.trim().replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export function sheet({ data, layout }, title, read) {
  const dressed = themed({ data, layout }, read);
  const { margin = {} } = layout;
  // On the page one legend may serve all charts (legend.js).
  const showlegend = layout.meta?.legend ?? layout.showlegend;
  const legend = showlegend ? 24 : 0;
  const heading = { text: title, x: 0, xref: "paper", xanchor: "left", y: 1, yref: "container", yanchor: "top", pad: { t: 12 }, font: { size: 15 } };
  const white = { paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", title: heading, margin: { ...margin, t: TITLE + legend, b: 56 } };
  return { data: dressed.data, layout: { ...dressed.layout, ...white, showlegend, autosize: false } };
}

export function save(place, format) {
  const chart = document.getElementById(`${place.dataset.figure}-title`)?.textContent ?? "";
  const heading = document.querySelector("h1")?.textContent ?? "";
  const { data, layout } = sheet(place, plain([chart, heading].filter(Boolean).join(" · ")), light);
  const size = {
    width: Math.max(LEAST.width, place.clientWidth),
    height: Math.max(LEAST.height, place.clientHeight + TITLE),
  };
  Plotly.downloadImage({ data, layout }, { format, filename: fileName(location, place.dataset.figure), ...size, scale: format === "png" ? 2 : 1 });
}
