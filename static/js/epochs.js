// The numbers of "which class learns when": {epochs, correct: [[hits of each class] of each epoch], totals}. Pure.
import { wilson } from "./intervals.js";

// What came for epochs that are not there yet; says whether there was any.
export function append(numbers, { epochs, correct, totals }) {
  const newest = numbers.epochs.at(-1) ?? 0;
  const fresh = epochs.flatMap((epoch, index) => (epoch > newest ? [index] : []));
  numbers.epochs.push(...fresh.map((index) => epochs[index]));
  numbers.correct.push(...fresh.map((index) => correct[index]));
  if (fresh.length) numbers.totals = totals;
  return fresh.length > 0;
}

// A training that goes on from an epoch does the later ones again.
export function forget(numbers, epoch) {
  const kept = numbers.epochs.filter((one) => one <= epoch).length;
  if (kept === numbers.epochs.length) return false;
  numbers.epochs.length = numbers.correct.length = kept;
  return true;
}

// Percent, [hits, images] and the 95 % interval's whiskers of each class, as app/drawing/figures.py has them.
export function barsOf(hits, totals) {
  const shares = hits.map((hit, index) => (totals[index] ? hit / totals[index] : null));
  const bounds = shares.map((share, index) => wilson(share ?? 0, totals[index]));
  return {
    x: shares.map((share) => (share == null ? null : 100 * share)),
    customdata: hits.map((hit, index) => [hit, totals[index]]),
    whiskers: {
      array: bounds.map(([, high], index) => 100 * (high - (shares[index] ?? 0))),
      arrayminus: bounds.map(([low], index) => 100 * ((shares[index] ?? 0) - low)),
    },
  };
}
