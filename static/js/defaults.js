// The catalogue's values for an architecture and a data set; where both name one, the data set's wins.
export function defaults(catalog, architecture, dataset) {
  return { ...catalog.common, ...catalog.architectures[architecture], ...catalog.datasets[dataset] };
}
