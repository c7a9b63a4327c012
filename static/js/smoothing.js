// Exponential moving average with Adam's correction of its start (Kingma and Ba, 2015), as TensorBoard smooths: the
// first value stands for itself instead of being drawn towards zero. `weight` is the share of the past, 0 to below 1;
// what is missing (null, a diverged NaN) stays missing and leaves the average alone.
export function smooth(values, weight) {
  let average = 0;
  let weights = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = weight * average + (1 - weight) * value;
    weights = weight * weights + (1 - weight);
    return average / weights;
  });
}
