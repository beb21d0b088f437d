import { LabIcon } from '@jupyterlab/ui-components';

/** A plant with its line: the sign of the workbench. */
export const factoryIcon = new LabIcon({
  name: 'aifactory:factory',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M1 14V6l4 2.6V6l4 2.6V6l2.5 1.6L12 1h2l1 13H1zm2-2h2v-2H3v2zm4 0h2v-2H7v2zm4 0h2v-2h-2v2z"/>
</svg>`
});

/** Nodes that follow each other: the sign of a line view. */
export const lineIcon = new LabIcon({
  name: 'aifactory:line',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">
  <path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M1 2h5v4H4.3v3.3H6V8h5v2.2h1.5V6H10V2h5v4h-1.2v5.5H11V14H6v-3.4H3V6H1V2z"/>
</svg>`
});
