/** Which part of a drawing is seen: scale and shift, and how they change. Pure. */

export interface Viewport {
  scale: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

const LEAST = 0.15;
const MOST = 2.5;

/** The whole drawing in the middle of the room, never larger than life. */
export function fit(drawing: Size, room: Size): Viewport {
  const scale = Math.min(
    1,
    Math.max(LEAST, Math.min(room.width / drawing.width, room.height / drawing.height))
  );
  return {
    scale,
    x: Math.max(0, (room.width - drawing.width * scale) / 2),
    y: Math.max(0, (room.height - drawing.height * scale) / 2)
  };
}

/** Below this scale words cannot be read. */
const READABLE = 0.68;

/** What is seen first: the whole drawing where that can be read, else the part around a box. */
export function firstView(drawing: Size, room: Size, box?: Size & { x: number; y: number }): Viewport {
  const whole = fit(drawing, room);
  if (whole.scale >= READABLE || !box) {
    return whole;
  }
  const shift = (length: number, space: number, start: number, own: number) =>
    length * READABLE <= space
      ? (space - length * READABLE) / 2
      : Math.min(0, Math.max(space - length * READABLE, space / 2 - (start + own / 2) * READABLE));
  return {
    scale: READABLE,
    x: shift(drawing.width, room.width, box.x, box.width),
    y: shift(drawing.height, room.height, box.y, box.height)
  };
}

/** Larger or smaller around a point that stays where it is. */
export function zoom(view: Viewport, factor: number, x: number, y: number): Viewport {
  const scale = Math.min(MOST, Math.max(LEAST, view.scale * factor));
  const change = scale / view.scale;
  return { scale, x: x - (x - view.x) * change, y: y - (y - view.y) * change };
}

/** The same scale with a box moved into sight. */
export function reveal(
  view: Viewport,
  box: Size & { x: number; y: number },
  room: Size,
  margin = 16
): Viewport {
  const moved = (start: number, length: number, shift: number, space: number): number => {
    const from = start * view.scale + shift;
    const to = from + length * view.scale;
    if (from < margin) {
      return shift + margin - from;
    }
    return to > space - margin ? shift - Math.min(to - space + margin, from - margin) : shift;
  };
  return {
    scale: view.scale,
    x: moved(box.x, box.width, view.x, room.width),
    y: moved(box.y, box.height, view.y, room.height)
  };
}
