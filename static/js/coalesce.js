// Calls `run(key)` at once, and again after `pause` ms if it was asked for meanwhile: many calls cost few, and the
// last one is never lost. Each key waits for itself.
export function coalesce(run, pause, later = setTimeout) {
  const waiting = new Map();
  return function ask(key) {
    if (waiting.has(key)) {
      waiting.set(key, true);
      return;
    }
    waiting.set(key, false);
    run(key);
    later(() => {
      const again = waiting.get(key);
      waiting.delete(key);
      if (again) ask(key);
    }, pause);
  };
}
