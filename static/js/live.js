// Follows the server's event stream and passes every event on as a DOM event: "live" on document with
// {kind, run_id, ...} for what needs each one, and "run-7", "steps-7" or "runs-changed" on body, at most one every
// 400 ms (steps: 1.5 s), for htmx to refresh what the server renders.
// <body data-live data-runs="1,2" data-kinds="status,epoch" data-after="17">
import { coalesce } from "./coalesce.js";
import { sentAt } from "./sent.js";

const KINDS = [
  "status", "cancel", "pause", "resume", "queue", "preparing", "started", "step", "evaluating", "epoch",
  "checkpoint", "finished", "labels", "deleted",
];
// What changes the list of runs or their order.
const LISTED = ["status", "queue", "deleted"];
// The browser itself tries again after a cut; after an answer that is no stream (a proxy's 502) we do.
const AGAIN_MS = 3000;

const tell = (name) => document.body.dispatchEvent(new CustomEvent(name, { bubbles: true }));
// When each was last announced. htmx may drop a refresh that is asked for while an answer is on its way, because by then
// that answer has replaced the element that asked, or because the element says so; whoever was answered too early, and
// has not asked meanwhile, asks again.
const announced = new Map();
const announce = (name) => {
  announced.set(name, performance.now());
  tell(name);
};

function askAgain() {
  document.body.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { elt, triggeringEvent } = detail.requestConfig;
    const name = triggeringEvent?.type;
    // For htmx the answer is on its way until all have heard of it.
    if (announced.get(name) > sentAt(detail.xhr)) setTimeout(() => { if (announced.get(name) > sentAt(elt)) tell(name); });
  });
}

// A press is lost when what was pressed is exchanged before it is let go: what is announced waits that long.
function waitForPresses() {
  const missed = new Set();
  let pressing = false;
  for (const name of ["keydown", "pointerdown"]) addEventListener(name, () => { pressing = true; }, true);
  const release = () => {
    pressing = false;
    // After the click that follows.
    setTimeout(() => {
      missed.forEach(tell);
      missed.clear();
    });
  };
  for (const name of ["keyup", "pointerup", "pointercancel"]) addEventListener(name, release, true);
  addEventListener("blur", release);
  document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const name = detail.requestConfig.triggeringEvent?.type;
    if (!pressing || !announced.has(name)) return;
    detail.shouldSwap = false;
    missed.add(name);
  });
}

const trigger = coalesce(announce, 400);
// Points for the charts arrive as events; a step changes only little of what the server renders.
const triggerSteps = coalesce(announce, 1500);

function receive(kind, message) {
  const detail = { kind, ...JSON.parse(message.data) };
  document.dispatchEvent(new CustomEvent("live", { detail }));
  if (kind === "step") triggerSteps(`steps-${detail.run_id}`);
  else if (kind !== "deleted") trigger(`run-${detail.run_id}`);
  if (LISTED.includes(kind)) trigger("runs-changed");
  return detail;
}

function refresh(runs = "") {
  for (const id of runs.split(",").filter(Boolean)) trigger(`run-${id}`);
  trigger("runs-changed");
}

export function address({ runs, kinds, after }) {
  const given = Object.entries({ runs, kinds, after }).filter(([, value]) => value);
  return `/api/events?${new URLSearchParams(given)}`;
}

function follow(data) {
  const words = document.querySelector("[data-connection]");
  let after = data.after;
  let source;
  let away = false;
  let gone = "";
  const listen = (kind) => source.addEventListener(kind, (message) => {
    after = message.lastEventId;
    const detail = receive(kind, message);
    if (kind !== "deleted" || !data.runs) return;
    // A list goes without it; a page about it says why nothing changes any more.
    gone = words.dataset.gone.replace("%s", detail.run_id);
    words.textContent = gone;
  });
  const open = () => {
    if (document.hidden || source?.readyState < EventSource.CLOSED) return;
    source = new EventSource(address({ ...data, after }));
    source.addEventListener("open", () => {
      // What the server renders may have failed to load meanwhile.
      if (away || words.textContent) refresh(data.runs);
      away = false;
      words.textContent = gone;
    });
    source.addEventListener("error", () => {
      words.textContent = words.dataset.lost;
      if (source.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    });
    KINDS.forEach(listen);
  };
  open();
  // A browser opens six connections to a host, and one that follows is never done: a seventh tab would not even load.
  // So a tab that nobody sees leaves its connection to the others, and catches up when it is shown.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      away = true;
      source?.close();
    } else open();
  });
  // Without this a page that is being left reports a lost connection.
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}

if (typeof document !== "undefined" && "live" in document.body.dataset) {
  askAgain();
  waitForPresses();
  follow(document.body.dataset);
}
