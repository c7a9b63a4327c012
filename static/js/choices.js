// How a reader wants the charts: kept in the page's address, so that a link and a reload show the same.
export const X = ["epoch", "step", "time"];
const MOST = 0.99;

export function chosen(search) {
  const asked = new URLSearchParams(search);
  const weight = Number(asked.get("smoothing"));
  return {
    smoothing: weight > 0 ? Math.min(weight, MOST) : 0,
    x: X.includes(asked.get("x")) ? asked.get("x") : X[0],
    log: asked.get("log") === "1",
    band: asked.get("band") === "1",
  };
}

// The same address with these choices; what is as it is by default is not mentioned.
export function address(path, search, { smoothing, x, log, band }) {
  const asked = new URLSearchParams(search);
  const said = { smoothing: smoothing || "", x: x === X[0] ? "" : x, log: log ? "1" : "", band: band ? "1" : "" };
  for (const [name, value] of Object.entries(said)) {
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  return asked.size ? `${path}?${asked}` : path;
}
