// Wilson's 95 % interval of a share of `total` images, as in app/statistics/intervals.py.
const Z = 1.959964;

export function wilson(share, total) {
  if (!total) return [0, 1];
  const centre = share + (Z * Z) / (2 * total);
  const spread = Z * Math.sqrt((share * (1 - share)) / total + (Z * Z) / (4 * total * total));
  const scale = 1 + (Z * Z) / total;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}

// A closed polygon around a curve of accuracies: up along the upper bounds and back along the lower ones.
export function band(x, y, total, scale) {
  const known = y.flatMap((value, index) => (value == null || x[index] == null ? [] : [index]));
  const bounds = known.map((index) => wilson(y[index] / scale, total).map((bound) => scale * bound));
  const places = known.map((index) => x[index]);
  return {
    x: [...places, ...places.toReversed()],
    y: [...bounds.map(([, high]) => high), ...bounds.map(([low]) => low).toReversed()],
  };
}
