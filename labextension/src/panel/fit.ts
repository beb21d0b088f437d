/** Gives the sections of the panel the room that their rows need, until somebody moves a border between them. */

import { PageConfig } from '@jupyterlab/coreutils';
import type { AccordionPanel } from '@lumino/widgets';

import { shares } from './shares';

/** Lab keeps the sizes with the layout, but not whether anybody has chosen them. */
const chosen = () => `aifactory-nb:borders:${PageConfig.getOption('workspace')}`;

/** Fits sections whose weights say what they are worth where room is scarce. */
export function fitSections(content: AccordionPanel, weights: number[]): void {
  let waiting = 0;
  const fit = () => {
    waiting = 0;
    const { widgets, node, titles } = content;
    if (!content.isVisible || localStorage.getItem(chosen())) {
      return;
    }
    const seen = widgets.map((widget, index) => ({ widget, index })).filter(({ widget }) => !widget.isHidden);
    const room = node.clientHeight - titles.reduce((sum, title) => sum + title.offsetHeight, 0);
    const wishes = seen.map(({ widget, index }) => ({ length: inside(widget.node), weight: weights[index] }));
    const given = wishes.length ? shares(wishes, room) : [];
    const sizes = widgets.map(() => 0);
    seen.forEach(({ index }, place) => (sizes[index] = given[place]));
    content.setRelativeSizes(sizes);
  };
  const soon = () => (waiting ||= requestAnimationFrame(fit));
  const observer = new ResizeObserver(soon);
  observer.observe(content.node);
  // What a section holds is drawn anew when it is another thing: a list in the place of a sentence.
  const drawn = new MutationObserver(changes => {
    changes.forEach(({ target }) => watch(target as HTMLElement));
    soon();
  });
  const watch = (node: HTMLElement) => [...node.children].forEach(child => observer.observe(child));
  content.widgets.forEach(({ node }) => {
    drawn.observe(node, { childList: true });
    watch(node);
  });
  content.expansionToggled.connect(soon);
  content.handleMoved.connect(() => localStorage.setItem(chosen(), 'by hand'));
}

/** How long the rows of a section are, whatever room it has. */
function inside(node: HTMLElement): number {
  return [...node.children].reduce((sum, child) => sum + Math.max(child.scrollHeight, 40), 2);
}
