// When each of htmx's requests was sent: what an answer says is as old as that. And when each element sent its last one.
const times = new WeakMap();
export const sentAt = (one) => times.get(one);

if (typeof document !== "undefined") {
  document.body.addEventListener("htmx:beforeSend", ({ detail }) => {
    for (const one of [detail.xhr, detail.requestConfig.elt]) times.set(one, performance.now());
  });
}
