// What choosing runs needs to know, without a document: which runs a box stands for, and which boxes lie between two.
export const idsOf = (value) => value.split(",").filter(Boolean);

// A group's box is ticked when all of its runs are chosen.
export const ticked = (value, chosen) => idsOf(value).every((id) => chosen.has(id));

// The boxes from the one with the id `first` to the one with the id `last`, both included, whichever comes first;
// without one of them only the other.
export function between(boxes, first, last) {
  const places = [first, last].map((id) => boxes.findIndex((box) => box.id === id)).filter((place) => place >= 0);
  return places.length ? boxes.slice(Math.min(...places), Math.max(...places) + 1) : [];
}
