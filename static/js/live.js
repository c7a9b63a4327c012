// Follows the server's event stream and passes every event on as a DOM event: "live" on document with
// {kind, run_id, ...} for what needs each one, and "run-7" or "runs-changed" on body, at most one every 400 ms,
// for htmx to refresh what the server renders.
// <body data-live data-runs="1,2" data-kinds="status,epoch" data-after="17">
import { coalesce } from "./coalesce.js";

const KINDS = ["status", "cancel", "preparing", "started", "step", "epoch", "checkpoint", "finished", "labels"];
// Points for the charts arrive as events; only these change what the server has to say.
const REFRESHING = new Set(KINDS.filter((kind) => kind !== "step"));

const trigger = coalesce((name) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true })), 400);

function receive(kind, message) {
  const detail = { kind, ...JSON.parse(message.data) };
  document.dispatchEvent(new CustomEvent("live", { detail }));
  if (!REFRESHING.has(kind)) return;
  trigger(`run-${detail.run_id}`);
  if (kind === "status") trigger("runs-changed");
}

export function address({ runs, kinds, after }) {
  const given = Object.entries({ runs, kinds, after }).filter(([, value]) => value);
  return `/api/events?${new URLSearchParams(given)}`;
}

function follow(data) {
  const source = new EventSource(address(data));
  const words = document.querySelector("[data-connection]");
  source.addEventListener("error", () => { words.textContent = words.dataset.lost; });
  source.addEventListener("open", () => { words.textContent = ""; });
  for (const kind of KINDS) source.addEventListener(kind, (message) => receive(kind, message));
  // Without this a page that is being left reports a lost connection.
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

if (typeof document !== "undefined" && "live" in document.body.dataset) follow(document.body.dataset);
