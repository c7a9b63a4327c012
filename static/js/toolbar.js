// The buttons beside a chart, in the page's language: <script type="application/json" id="chart-words"> has the words.
const source = document.getElementById("chart-words");
const words = source ? JSON.parse(source.textContent) : { png: "PNG", svg: "SVG", dictionary: {} };
const LOCALE = "page";

export function toolbar(save) {
  const button = (format, icon) => ({
    name: format,
    title: words[format],
    icon: Plotly.Icons[icon],
    click: (place) => save(place, format),
  });
  return {
    responsive: true,
    displaylogo: false,
    locale: LOCALE,
    locales: { [LOCALE]: { dictionary: words.dictionary } },
    // Plotly's other buttons would share the chart with somebody else's server.
    modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", button("png", "camera"), button("svg", "disk")]],
  };
}
