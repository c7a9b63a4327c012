// When each of htmx's requests was sent: what an answer says is as old as that.
const times = new WeakMap();
export const sentAt = (xhr) => times.get(xhr);

if (typeof document !== "undefined") {
  document.body.addEventListener("htmx:beforeSend", ({ detail }) => times.set(detail.xhr, performance.now()));
}
