/** How the room of the panel is shared among its sections. Pure. */

/** Something that takes room: how much it could use, and how much of what is scarce it is worth. */
export interface Wish {
  length: number;
  weight: number;
}

/** The room of each wish: all of them where there is enough, the rest at the end; else none gets more than its share. */
export function shares(wishes: Wish[], room: number): number[] {
  const given = wishes.map(() => 0);
  let open = wishes.map((_, index) => index);
  let left = room;
  for (;;) {
    const weight = open.reduce((sum, index) => sum + wishes[index].weight, 0);
    const content = open.filter(index => wishes[index].length * weight <= left * wishes[index].weight);
    if (!content.length) {
      open.forEach(index => (given[index] = (left * wishes[index].weight) / weight));
      break;
    }
    content.forEach(index => (given[index] = wishes[index].length));
    left -= content.reduce((sum, index) => sum + wishes[index].length, 0);
    open = open.filter(index => !content.includes(index));
    if (!open.length) {
      given[given.length - 1] += Math.max(0, left);
      break;
    }
  }
  return given;
}
