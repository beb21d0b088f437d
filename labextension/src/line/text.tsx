/** Texts of the drawing, which keep to their width: letters differ too much in theirs to count them. */

import * as React from 'react';

import { fitted } from './words';

/** The sizes and weights that line.css gives the texts of a drawing. */
const FONTS = {
  'jp-aifactory-plain': '12px',
  'jp-aifactory-strong': '600 13px',
  'jp-aifactory-quiet': '11px'
};

interface TextProps extends React.SVGProps<SVGTextElement> {
  className?: keyof typeof FONTS;
  width: number;
  children: string;
}

/** A text that is cut where its room ends; the whole of it stands in the title of its node. */
export function Text({
  className = 'jp-aifactory-plain',
  width,
  children,
  ...place
}: TextProps): JSX.Element {
  return (
    <text className={className} {...place}>
      {cut(children, className, width)}
    </text>
  );
}

/** The text of that font, cut to a width. */
export function cut(text: string, font: keyof typeof FONTS, width: number): string {
  const key = `${font} ${width} ${text}`;
  let found = KNOWN.get(key);
  if (found === undefined) {
    if (KNOWN.size > MOST) {
      KNOWN.clear();
    }
    found = fitted(text, width, measureOf(font));
    KNOWN.set(key, found);
  }
  return found;
}

const KNOWN = new Map<string, string>();
const MOST = 5_000;
let canvas: CanvasRenderingContext2D | null = null;

function measureOf(font: keyof typeof FONTS): (text: string) => number {
  canvas ??= document.createElement('canvas').getContext('2d')!;
  const family = getComputedStyle(document.body).getPropertyValue('--jp-ui-font-family') || 'sans-serif';
  canvas.font = `${FONTS[font]} ${family}`;
  return text => canvas!.measureText(text).width;
}
