// Whether a setting does something beside the others; the two tables are those of trainer/scope.py.
export function applies(catalog, name, values) {
  const having = catalog.belongs[name];
  if (having && !having.includes(values.architecture)) return false;
  return Object.entries(catalog.needs[name] ?? {}).every(([other, useful]) => useful.includes(values[other]));
}
