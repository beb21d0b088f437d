"use strict";(self.rspackChunkaifactory_nb=self.rspackChunkaifactory_nb||[]).push([["style_index_css"],{"./node_modules/css-loader/dist/cjs.js!./style/base.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=(r.n(i))()(e());p.push([o.id,`.jp-aifactory-unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}

.jp-aifactory-glyph {
  display: inline-block;
  position: relative;
  width: 1.2em;
  flex: none;
  text-align: center;
  font-weight: 700;
}

.jp-aifactory-glyph[data-status='succeeded'],
.jp-aifactory-glyph[data-status='passed'] {
  color: var(--jp-success-color0, var(--jp-ui-font-color1));
}

.jp-aifactory-glyph[data-status='failed'],
.jp-aifactory-glyph[data-status='stopped'],
.jp-aifactory-glyph[data-status='problem'] {
  color: var(--jp-error-color0, var(--jp-error-color1));
}

.jp-aifactory-button,
.jp-aifactory-lineview select {
  min-height: 24px;
  padding: 2px 10px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font: inherit;
  cursor: pointer;
}

.jp-aifactory-button:hover,
.jp-aifactory-main:hover,
.jp-aifactory-icon-button:hover {
  background: var(--jp-layout-color2);
}

.jp-aifactory-button:disabled,
.jp-aifactory-icon-button:disabled {
  opacity: 0.5;
  cursor: default;
}

.jp-aifactory-icon-button {
  display: inline-flex;
  flex: none;
  align-items: center;
  justify-content: center;
  width: 24px;
  height: 24px;
  padding: 0;
  border: none;
  border-radius: var(--jp-border-radius);
  background: none;
  color: var(--jp-ui-font-color1);
  cursor: pointer;
}

.jp-aifactory-button:focus-visible,
.jp-aifactory-icon-button:focus-visible,
.jp-aifactory-main:focus-visible,
.jp-aifactory-window:focus-visible,
.jp-aifactory-scroller:focus-visible,
.jp-aifactory-lineview select:focus-visible,
.jp-aifactory-statusitem button:focus-visible {
  outline: var(--jp-focus-outline-width, 2px) solid var(--jp-focus-outline-color, var(--jp-brand-color1));
  outline-offset: -2px;
}

.jp-aifactory-progress {
  display: block;
  width: calc(100% - 24px);
  height: 4px;
  margin: 2px 12px;
  border: none;
  border-radius: 2px;
  appearance: none;
  background: var(--jp-layout-color3);
}

.jp-aifactory-progress::-webkit-progress-bar {
  border-radius: 2px;
  background: var(--jp-layout-color3);
}

.jp-aifactory-progress::-webkit-progress-value {
  border-radius: 2px;
  background: var(--jp-brand-color1);
}

.jp-aifactory-progress::-moz-progress-bar {
  border-radius: 2px;
  background: var(--jp-brand-color1);
}

.jp-aifactory-problem {
  margin: 2px 0;
  padding: 4px 8px;
  border-left: 3px solid var(--jp-error-color1);
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
  font-family: inherit;
  font-size: var(--jp-ui-font-size1);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.jp-aifactory-warning {
  padding: 4px 8px;
  border-left: 3px solid var(--jp-warn-color1);
  background: var(--jp-layout-color2);
}

.jp-aifactory-empty {
  padding: 8px 12px;
  color: var(--jp-ui-font-color1);
}

.jp-aifactory-empty p {
  margin: 0 0 8px;
  overflow-wrap: anywhere;
}

.jp-aifactory-statusitem button {
  height: 100%;
  padding: 0 6px;
  border: none;
  background: none;
  color: inherit;
  font: inherit;
  cursor: pointer;
}
`,""]),r.d(a,{},{A:p})},"./node_modules/css-loader/dist/cjs.js!./style/form.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=(r.n(i))()(e());p.push([o.id,`.jp-aifactory-form {
  display: flex;
  flex-direction: column;
  box-sizing: border-box;
  height: 100%;
  padding: 0 24px;
  overflow: auto;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  container-type: inline-size;
}

.jp-aifactory-form > * {
  flex: none;
  max-width: 60em;
}

.jp-aifactory-form h2 {
  margin: 16px 0 4px;
  font-size: var(--jp-ui-font-size3);
}

.jp-aifactory-form h3 {
  margin: 16px 0 4px;
  font-size: var(--jp-ui-font-size2);
}

.jp-aifactory-formhead p {
  margin: 0 0 8px;
}

.jp-aifactory-form fieldset {
  min-width: 0;
  margin: 0;
  padding: 0;
  border: none;
}

.jp-aifactory-options legend {
  padding: 8px 0 4px;
  font-size: var(--jp-ui-font-size2);
  font-weight: 600;
}

.jp-aifactory-field {
  display: grid;
  grid-template-columns: minmax(8em, 14em) minmax(0, 1fr);
  gap: 2px 12px;
  align-items: center;
  padding: 4px 0 4px 9px;
  border-left: 3px solid transparent;
}

.jp-aifactory-field[data-changed='true'] {
  border-left-color: var(--jp-brand-color1);
}

.jp-aifactory-field[data-wrong='true'] {
  border-left: 3px double var(--jp-error-color1);
}

.jp-aifactory-field > label,
.jp-aifactory-field > span {
  font-weight: 600;
  overflow-wrap: anywhere;
}

.jp-aifactory-input {
  display: flex;
  align-items: center;
  gap: 6px;
  min-width: 0;
}

.jp-aifactory-stages {
  flex-wrap: wrap;
  gap: 4px 16px;
}

.jp-aifactory-stages label {
  display: inline-flex;
  align-items: center;
  gap: 4px;
  min-height: 24px;
}

.jp-aifactory-input input:not([type='checkbox']),
.jp-aifactory-input select,
.jp-aifactory-input textarea,
.jp-aifactory-dialog input:not([type='checkbox']),
.jp-aifactory-dialog select,
.jp-aifactory-dialog textarea {
  box-sizing: border-box;
  width: 28em;
  max-width: 100%;
  min-width: 0;
  min-height: 26px;
  padding: 2px 6px;
  border: var(--jp-border-width) solid var(--jp-border-color0);
  border-radius: var(--jp-border-radius);
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color0);
  font: inherit;
}

.jp-aifactory-input textarea {
  font-family: var(--jp-code-font-family);
  resize: vertical;
}

.jp-aifactory-input input[type='checkbox'] {
  width: 16px;
  height: 16px;
  margin: 4px 0;
  accent-color: var(--jp-brand-color1);
}

.jp-aifactory-input ::placeholder {
  color: var(--jp-ui-font-color2);
}

.jp-aifactory-input [aria-invalid='true'] {
  border-color: var(--jp-error-color1);
}

.jp-aifactory-form :is(input, select, textarea, summary, a, table, [tabindex]):focus-visible,
.jp-aifactory-dialog :is(input, select, textarea, summary, a, [tabindex]):focus-visible {
  outline: var(--jp-focus-outline-width, 2px) solid var(--jp-focus-outline-color, var(--jp-brand-color1));
  outline-offset: 1px;
}

.jp-aifactory-button[aria-pressed='true'] {
  border-color: var(--jp-brand-color1);
  background: var(--jp-layout-color3);
  font-weight: 600;
}

.jp-aifactory-help,
.jp-aifactory-wrong {
  margin: 0;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
  line-height: 1.35;
  overflow-wrap: anywhere;
}

.jp-aifactory-field > .jp-aifactory-help,
.jp-aifactory-field > .jp-aifactory-wrong {
  grid-column: 2;
}

.jp-aifactory-wrong {
  font-weight: 600;
}

.jp-aifactory-stagefields {
  margin: 4px 0;
  border: var(--jp-border-width) solid var(--jp-border-color2);
  border-radius: var(--jp-border-radius);
}

.jp-aifactory-stagefields summary {
  padding: 6px 10px;
  background: var(--jp-layout-color2);
  cursor: pointer;
}

.jp-aifactory-stagefields fieldset {
  padding: 6px 10px;
}

.jp-aifactory-stagename {
  margin-right: 12px;
  font-weight: 600;
}

.jp-aifactory-counts > * {
  margin-right: 12px;
}

.jp-aifactory-formfoot {
  margin-top: auto;
  padding: 10px 0;
  border-top: var(--jp-border-width) solid var(--jp-border-color2);
  background: var(--jp-layout-color1);
}

.jp-aifactory-buttons {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 8px;
}

.jp-aifactory-start {
  border-color: var(--jp-brand-color1);
  font-weight: 600;
}

.jp-aifactory-command {
  display: block;
  max-height: 5.4em;
  margin-top: 8px;
  padding: 4px 8px;
  overflow: auto;
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}

.jp-aifactory-launch {
  margin: 8px 0 0;
}

@media (min-height: 480px) {
  .jp-aifactory-formfoot {
    position: sticky;
    bottom: 0;
  }
}

@container (max-width: 34em) {
  .jp-aifactory-field {
    grid-template-columns: minmax(0, 1fr);
  }

  .jp-aifactory-field > .jp-aifactory-help,
  .jp-aifactory-field > .jp-aifactory-wrong {
    grid-column: 1;
  }
}

.jp-aifactory-columns {
  max-height: 8em;
  padding: 4px 6px;
  overflow: auto;
  background: var(--jp-layout-color2);
  color: var(--jp-ui-font-color1);
}

.jp-aifactory-columns ul {
  display: flex;
  flex-wrap: wrap;
  gap: 2px 14px;
  margin: 2px 0 0;
  padding: 0;
  list-style: none;
}

.jp-aifactory-columns li {
  overflow-wrap: anywhere;
}

.jp-aifactory-type {
  font-family: var(--jp-code-font-family);
  font-size: var(--jp-code-font-size);
}
`,""]),r.d(a,{},{A:p})},"./node_modules/css-loader/dist/cjs.js!./style/index.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=r.n(i),n=r("./node_modules/css-loader/dist/cjs.js!./style/base.css"),l=r("./node_modules/css-loader/dist/cjs.js!./style/panel.css"),c=r("./node_modules/css-loader/dist/cjs.js!./style/line.css"),s=r("./node_modules/css-loader/dist/cjs.js!./style/form.css"),d=r("./node_modules/css-loader/dist/cjs.js!./style/registry.css"),f=p()(e());f.i(n.A),f.i(l.A),f.i(c.A),f.i(s.A),f.i(d.A),f.push([o.id,`
`,""]),r.d(a,{},{A:f})},"./node_modules/css-loader/dist/cjs.js!./style/line.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=(r.n(i))()(e());p.push([o.id,`.jp-aifactory-content,
.jp-aifactory-lineview {
  height: 100%;
  overflow: hidden;
}

.jp-aifactory-lineview {
  display: flex;
  container-type: size;
  flex-direction: column;
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-aifactory-linehead {
  flex: none;
  padding: 6px 8px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-aifactory-linehead .jp-aifactory-row {
  flex-wrap: wrap;
  gap: 8px;
}

.jp-aifactory-linehead .jp-aifactory-problem {
  max-height: 6.5em;
  overflow: auto;
}

.jp-aifactory-linehead .jp-aifactory-detail {
  padding: 4px 0 0;
  font-size: var(--jp-ui-font-size1);
  white-space: normal;
}

.jp-aifactory-lineview select {
  max-width: 24em;
}

.jp-aifactory-floor {
  display: flex;
  flex: 1 1 auto;
  min-height: 0;
}

.jp-aifactory-canvas {
  position: relative;
  flex: 1 1 auto;
  min-width: 0;
  overflow: hidden;
}

.jp-aifactory-drawing {
  position: absolute;
  inset: 0;
  touch-action: none;
  user-select: none;
}

.jp-aifactory-drawing text {
  fill: var(--jp-ui-font-color1);
  font-family: var(--jp-ui-font-family);
  font-size: 12px;
}

.jp-aifactory-drawing .jp-aifactory-strong {
  font-size: 13px;
  font-weight: 600;
}

.jp-aifactory-drawing .jp-aifactory-quiet {
  font-size: 11px;
}

.jp-aifactory-drawing .jp-aifactory-sign {
  font-size: 14px;
  font-weight: 700;
}

.jp-aifactory-shape {
  fill: var(--jp-layout-color2);
  stroke: var(--jp-border-color0);
  stroke-width: 1.2;
}

.jp-aifactory-node {
  cursor: pointer;
  outline: none;
}

.jp-aifactory-node[data-status='succeeded'] .jp-aifactory-shape,
.jp-aifactory-node[data-status='passed'] .jp-aifactory-shape {
  stroke: var(--jp-success-color1);
}

.jp-aifactory-node[data-status='running'] .jp-aifactory-shape {
  stroke: var(--jp-brand-color1);
  stroke-width: 2.5;
}

.jp-aifactory-node[data-status='failed'] .jp-aifactory-shape,
.jp-aifactory-node[data-status='stopped'] .jp-aifactory-shape {
  stroke: var(--jp-error-color1);
  stroke-width: 2.5;
}

.jp-aifactory-node[data-status='warned'] .jp-aifactory-shape,
.jp-aifactory-node[data-status='interrupted'] .jp-aifactory-shape {
  stroke: var(--jp-warn-color1);
  stroke-width: 2;
}

.jp-aifactory-node[data-status='pending'] .jp-aifactory-shape,
.jp-aifactory-node[data-status='skipped'] .jp-aifactory-shape {
  stroke-dasharray: 5 3;
}

.jp-aifactory-node[data-stale='true'] .jp-aifactory-shape {
  stroke: var(--jp-warn-color1);
  stroke-dasharray: 8 3;
}

.jp-aifactory-node:hover .jp-aifactory-shape,
.jp-aifactory-node[aria-pressed='true'] .jp-aifactory-shape {
  fill: var(--jp-layout-color3);
}

.jp-aifactory-node:focus-visible .jp-aifactory-shape {
  stroke: var(--jp-focus-outline-color, var(--jp-brand-color1));
  stroke-dasharray: none;
  stroke-width: 4;
}

.jp-aifactory-bar rect {
  fill: var(--jp-layout-color3);
}

.jp-aifactory-bar .jp-aifactory-done {
  fill: var(--jp-brand-color1);
}

.jp-aifactory-wire path {
  fill: none;
  stroke: var(--jp-ui-font-color2);
  stroke-width: 1.4;
}

.jp-aifactory-drawing .jp-aifactory-arrowhead {
  fill: var(--jp-ui-font-color2);
}

.jp-aifactory-wire[data-implied='true'] path {
  stroke: var(--jp-border-color1);
  stroke-width: 1;
}

.jp-aifactory-wire[data-near='true'] path {
  stroke: var(--jp-ui-font-color1);
  stroke-width: 2;
}

.jp-aifactory-wire text {
  font-size: 11px;
  paint-order: stroke;
  stroke: var(--jp-layout-color1);
  stroke-linejoin: round;
  stroke-width: 4px;
}

.jp-aifactory-zoom {
  position: absolute;
  right: 8px;
  bottom: 8px;
  display: flex;
  gap: 4px;
}

.jp-aifactory-inspector {
  flex: 0 0 300px;
  padding: 8px 12px;
  border-left: var(--jp-border-width) solid var(--jp-border-color2);
  overflow: auto;
}

/* What stands last can be moved above Lab's notifications. */
.jp-aifactory-inspector::after {
  display: block;
  height: 96px;
  content: '';
}

.jp-aifactory-inspector h3 {
  margin: 0;
}

.jp-aifactory-inspector p {
  margin: 4px 0;
  overflow-wrap: anywhere;
}

.jp-aifactory-inspector ul {
  margin: 0;
  padding-left: 18px;
}

.jp-aifactory-table {
  width: 100%;
  margin: 6px 0;
  border-collapse: collapse;
}

.jp-aifactory-table caption {
  font-weight: 600;
  text-align: left;
}

.jp-aifactory-table th,
.jp-aifactory-table td {
  padding: 2px 4px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  font-weight: 400;
  text-align: left;
  overflow-wrap: anywhere;
}

.jp-aifactory-table thead th {
  font-weight: 600;
}

.jp-aifactory-inspector .jp-aifactory-checks {
  padding: 0;
  list-style: none;
}

.jp-aifactory-checks li {
  padding: 4px 0;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  overflow-wrap: anywhere;
}

.jp-aifactory-checks dl {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 0 8px;
  margin: 2px 0 0 1.2em;
}

.jp-aifactory-checks dd {
  margin: 0;
}

.jp-aifactory-actions {
  display: flex;
  flex-wrap: wrap;
  gap: 4px;
  margin: 8px 0;
}

.jp-aifactory-windows {
  display: flex;
  flex: none;
  gap: 4px;
  padding: 4px 8px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  overflow-x: auto;
}

.jp-aifactory-window {
  flex: none;
  min-width: 76px;
  padding: 2px 6px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: var(--jp-border-radius);
  background: var(--jp-layout-color1);
  color: inherit;
  font: inherit;
  text-align: left;
  cursor: pointer;
}

.jp-aifactory-window[aria-pressed='true'] {
  border-color: var(--jp-brand-color1);
  background: var(--jp-layout-color2);
  font-weight: 600;
}

.jp-aifactory-window .jp-aifactory-detail {
  padding: 0;
}

.jp-aifactory-column {
  display: flex;
  align-items: flex-end;
  height: 22px;
}

.jp-aifactory-column span {
  width: 100%;
  min-height: 1px;
  background: var(--jp-border-color0);
}

.jp-aifactory-branches {
  flex: none;
  max-height: 40%;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  overflow: auto;
}

.jp-aifactory-branches .jp-aifactory-scroller {
  height: 220px;
}

@container (max-width: 760px) {
  .jp-aifactory-inspector::after {
    height: 0;
  }

  .jp-aifactory-floor {
    flex-direction: column;
  }

  .jp-aifactory-inspector {
    flex: 0 1 auto;
    max-height: 45%;
    border-top: var(--jp-border-width) solid var(--jp-border-color2);
    border-left: none;
  }
}

@media (forced-colors: active) {
  .jp-aifactory-shape {
    stroke: CanvasText;
  }

  .jp-aifactory-node:focus-visible .jp-aifactory-shape {
    stroke: Highlight;
  }
}
`,""]),r.d(a,{},{A:p})},"./node_modules/css-loader/dist/cjs.js!./style/panel.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=(r.n(i))()(e());p.push([o.id,`.jp-aifactory-panel {
  background: var(--jp-layout-color1);
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-aifactory-section {
  overflow: auto;
  min-height: 40px;
}

.jp-aifactory-panel h4,
.jp-aifactory-inspector h4 {
  margin: 6px 0 2px;
  font-size: var(--jp-ui-font-size0);
  font-weight: 600;
  text-transform: uppercase;
}

.jp-aifactory-lines {
  padding: 0 0 6px 20px;
}

.jp-aifactory-lines .jp-aifactory-title {
  margin: 0;
  font-weight: 400;
}

.jp-aifactory-head {
  padding: 6px 4px 4px 12px;
  font-size: var(--jp-ui-font-size1);
  font-weight: 400;
  letter-spacing: normal;
  text-transform: none;
}

.jp-aifactory-head strong {
  font-size: var(--jp-ui-font-size2);
}

.jp-aifactory-head .jp-aifactory-detail {
  white-space: normal;
}

.jp-aifactory-head .jp-aifactory-detail {
  padding-left: 0;
}

.jp-aifactory-rows {
  position: relative;
  margin: 0;
  padding: 0;
  list-style: none;
}

.jp-aifactory-rows .jp-aifactory-placed {
  position: absolute;
  left: 0;
  right: 0;
  overflow: hidden;
}

.jp-aifactory-scroller {
  height: 100%;
  overflow: auto;
}

.jp-aifactory-row {
  display: flex;
  align-items: center;
  gap: 2px;
  padding-right: 4px;
}

.jp-aifactory-main {
  display: flex;
  flex: 1 1 auto;
  align-items: center;
  gap: 4px;
  min-width: 0;
  min-height: 26px;
  padding: 2px 8px;
  border: none;
  background: none;
  color: inherit;
  font: inherit;
  text-align: left;
  cursor: pointer;
}

span.jp-aifactory-main {
  cursor: default;
}

.jp-aifactory-rows li > .jp-aifactory-main {
  width: 100%;
}

.jp-aifactory-main[aria-pressed='true'] {
  background: var(--jp-layout-color2);
  font-weight: 600;
}

.jp-aifactory-two {
  flex-direction: column;
  align-items: stretch;
  gap: 0;
}

.jp-aifactory-two .jp-aifactory-line {
  display: flex;
  gap: 4px;
  min-width: 0;
}

.jp-aifactory-two .jp-aifactory-detail {
  padding: 0 0 0 1.2em;
}

.jp-aifactory-name {
  flex: 1 1 auto;
  min-width: 3em;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-aifactory-aside {
  flex: 0 100 auto;
  min-width: 2em;
  overflow: hidden;
  color: var(--jp-ui-font-color1);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-aifactory-detail {
  display: block;
  margin: 0;
  padding: 0 8px 2px 28px;
  overflow: hidden;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size0);
  text-overflow: ellipsis;
  white-space: nowrap;
}

.jp-aifactory-run {
  padding-bottom: 2px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
}

.jp-aifactory-panel .jp-aifactory-problem {
  margin: 2px 8px 4px;
}

.jp-aifactory-panel .jp-aifactory-short {
  display: -webkit-box;
  padding-block: 0;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 3;
}

.jp-aifactory-monitor[data-breached='true'] {
  border-left: 3px solid var(--jp-warn-color1);
}

.jp-aifactory-sparkline {
  flex: none;
}

.jp-aifactory-sparkline polyline {
  fill: none;
  stroke: var(--jp-ui-font-color1);
  stroke-width: 1.2;
}

.jp-aifactory-sparkline .jp-aifactory-limit {
  stroke: var(--jp-error-color1);
  stroke-dasharray: 3 2;
}

.jp-aifactory-sparkline circle {
  fill: var(--jp-ui-font-color1);
}

.jp-aifactory-sparkline circle[data-breached='true'] {
  fill: var(--jp-error-color1);
}
`,""]),r.d(a,{},{A:p})},"./node_modules/css-loader/dist/cjs.js!./style/registry.css"(o,a,r){var t=r("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),e=r.n(t),i=r("./node_modules/css-loader/dist/runtime/api.js"),p=(r.n(i))()(e());p.push([o.id,`.jp-aifactory-registry > * {
  max-width: none;
}

.jp-aifactory-alias {
  display: inline-block;
  margin-right: 6px;
  padding: 0 6px;
  border: var(--jp-border-width) solid var(--jp-border-color0);
  border-radius: 8px;
  white-space: nowrap;
}

.jp-aifactory-news {
  margin: 8px 0;
  padding: 4px 8px;
  border-left: 3px solid var(--jp-success-color1);
  background: var(--jp-layout-color2);
  overflow-wrap: anywhere;
}

.jp-aifactory-tablebox {
  overflow: auto;
}

.jp-aifactory-tablebox[data-tall='true'] {
  max-height: 60vh;
}

.jp-aifactory-tablebox:focus-visible,
.jp-aifactory-scrolled:focus-visible,
.jp-aifactory-link:focus-visible {
  outline: var(--jp-focus-outline-width, 2px) solid var(--jp-focus-outline-color, var(--jp-brand-color1));
  outline-offset: -2px;
}

.jp-aifactory-table {
  border-collapse: collapse;
  font-size: var(--jp-ui-font-size1);
}

.jp-aifactory-table caption {
  padding: 8px 0 4px;
  font-weight: 600;
  text-align: left;
}

.jp-aifactory-table th,
.jp-aifactory-table td {
  max-width: 26em;
  padding: 4px 10px;
  border-bottom: var(--jp-border-width) solid var(--jp-border-color2);
  text-align: left;
  vertical-align: top;
  overflow-wrap: break-word;
}

/* Several facts in one column, so that all columns fit beside an open panel. */
.jp-aifactory-facts {
  min-width: 9em;
}

.jp-aifactory-reason {
  display: -webkit-box;
  overflow-wrap: anywhere;
  overflow: hidden;
  -webkit-box-orient: vertical;
  -webkit-line-clamp: 3;
}

.jp-aifactory-table .jp-aifactory-button {
  white-space: nowrap;
}

.jp-aifactory-table thead [data-number='true'] {
  min-width: 4em;
  overflow-wrap: break-word;
  white-space: normal;
}

.jp-aifactory-tablebox td:first-child,
.jp-aifactory-tablebox th:first-child {
  position: sticky;
  left: 0;
  background: var(--jp-layout-color1);
}

.jp-aifactory-tablebox thead th:first-child {
  z-index: 1;
  background: var(--jp-layout-color2);
}

.jp-aifactory-table thead th {
  position: sticky;
  top: 0;
  background: var(--jp-layout-color2);
}

.jp-aifactory-table tbody th {
  font-weight: 400;
}

.jp-aifactory-table [data-number='true'] {
  font-variant-numeric: tabular-nums;
  text-align: right;
  white-space: nowrap;
}

.jp-aifactory-clipped {
  overflow: hidden;
}

.jp-aifactory-table [data-better='true'] {
  font-weight: 600;
}

.jp-aifactory-service {
  display: block;
  width: 100%;
  height: 8px;
  margin: 4px 0;
}

.jp-aifactory-service rect {
  fill: var(--jp-ui-font-color1);
}

.jp-aifactory-service .jp-aifactory-track {
  fill: var(--jp-border-color1);
}

.jp-aifactory-when {
  display: block;
}

.jp-aifactory-word {
  white-space: nowrap;
}

.jp-aifactory-links {
  display: inline-flex;
  gap: 4px 8px;
}

.jp-aifactory-link {
  min-height: 24px;
  padding: 0;
  border: none;
  background: none;
  color: var(--jp-content-link-color, var(--jp-ui-font-color1));
  font: inherit;
  text-align: left;
  text-decoration: underline;
  cursor: pointer;
}

td > .jp-aifactory-link {
  display: block;
}

.jp-aifactory-wide .jp-Dialog-content {
  max-width: min(60em, 92vw);
  max-height: 92vh;
}

.jp-aifactory-dialog {
  display: flex;
  flex-direction: column;
  gap: 6px;
  box-sizing: border-box;
  width: min(44em, 80vw);
  padding: 2px;
  color: var(--jp-ui-font-color1);
  font-size: var(--jp-ui-font-size1);
}

.jp-aifactory-dialog > * {
  flex: none;
}

.jp-aifactory-dialog > :is(input, select, textarea):not([type='checkbox']) {
  width: 100%;
}

.jp-aifactory-dialog p {
  margin: 0;
}

.jp-aifactory-dialog label {
  font-weight: 600;
}

.jp-aifactory-dialog > label {
  margin-top: 6px;
}

.jp-aifactory-scrolled {
  max-height: 44vh;
  padding: 0 8px;
  border: var(--jp-border-width) solid var(--jp-border-color2);
  overflow: auto;
}

.jp-aifactory-choices {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: 6px 8px;
}

.jp-aifactory-choices :is(select, input):not([type='checkbox']) {
  width: auto;
}

.jp-aifactory-rollout {
  margin: 12px 0;
  padding: 0 16px 12px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-left: 3px solid var(--jp-brand-color1);
}

.jp-aifactory-traffic {
  margin: 10px 0;
}

.jp-aifactory-traffic :is(ul, ol) {
  display: flex;
  margin: 0;
  padding: 0;
  list-style: none;
}

.jp-aifactory-bar {
  display: flex;
  height: 10px;
}

/* The widths are the shares, however small: the separating line is drawn within them. */
.jp-aifactory-bar span {
  box-sizing: border-box;
  background: var(--jp-brand-color1);
}

.jp-aifactory-bar span + span {
  box-shadow: inset 1px 0 var(--jp-layout-color1);
}

.jp-aifactory-bar span[data-champion='true'] {
  background: var(--jp-border-color0);
}

.jp-aifactory-traffic ul {
  gap: 8px;
}

.jp-aifactory-traffic ul li {
  flex: 1 0 auto;
  flex-basis: 0;
  min-width: max-content;
  line-height: 1.8;
}

/* Which part of the bar it is of: the part may be too narrow to stand over its words. */
.jp-aifactory-traffic ul li::before {
  content: '';
  display: inline-block;
  width: 8px;
  height: 8px;
  margin-right: 4px;
  background: var(--jp-brand-color1);
}

.jp-aifactory-traffic ul li[data-champion='true']::before {
  background: var(--jp-border-color0);
}

.jp-aifactory-traffic ol {
  flex-wrap: wrap;
  gap: 2px 4px;
  margin-top: 6px;
}

.jp-aifactory-traffic ol li {
  padding: 0 8px;
  border: var(--jp-border-width) solid var(--jp-border-color1);
  border-radius: 8px;
}

.jp-aifactory-traffic ol li[data-state='done'] {
  background: var(--jp-layout-color2);
}

.jp-aifactory-traffic ol li[data-state='now'] {
  border-color: var(--jp-brand-color1);
  background: var(--jp-layout-color3);
  font-weight: 600;
}

.jp-aifactory-verdict {
  margin: 8px 0 0;
  padding: 4px 8px;
  border-left: 3px solid var(--jp-border-color0);
  background: var(--jp-layout-color2);
}

.jp-aifactory-verdict[data-verdict='grow'] {
  border-left-color: var(--jp-success-color1);
}

.jp-aifactory-verdict[data-verdict='back'] {
  border-left-color: var(--jp-error-color1);
}

.jp-aifactory-rollout h4 {
  margin: 10px 0 4px;
}

.jp-aifactory-rollout .jp-aifactory-buttons {
  margin-top: 10px;
}

.jp-aifactory-what {
  display: block;
}

.jp-aifactory-state {
  white-space: nowrap;
}

.jp-aifactory-state[data-state='broken'] {
  font-weight: 600;
}

@container (max-width: 64em) {
  .jp-aifactory-table th,
  .jp-aifactory-table td {
    padding: 4px 6px;
  }

  .jp-aifactory-links {
    flex-wrap: wrap;
  }
}

@container (max-width: 50em) {
  .jp-aifactory-rollout {
    padding: 0 8px 12px;
  }

  .jp-aifactory-what {
    display: none;
  }
}

.jp-aifactory-card {
  display: flex;
  flex-direction: column;
}

.jp-aifactory-card iframe {
  flex: 1 1 auto;
  width: 100%;
  border: none;
}
`,""]),r.d(a,{},{A:p})},"./node_modules/css-loader/dist/runtime/api.js"(o){o.exports=function(o){var a=[];return a.toString=function(){return this.map(function(a){var r="",t=void 0!==a[5];return a[4]&&(r+="@supports (".concat(a[4],") {")),a[2]&&(r+="@media ".concat(a[2]," {")),t&&(r+="@layer".concat(a[5].length>0?" ".concat(a[5]):""," {")),r+=o(a),t&&(r+="}"),a[2]&&(r+="}"),a[4]&&(r+="}"),r}).join("")},a.i=function(o,r,t,e,i){"string"==typeof o&&(o=[[null,o,void 0]]);var p={};if(t)for(var n=0;n<this.length;n++){var l=this[n][0];null!=l&&(p[l]=!0)}for(var c=0;c<o.length;c++){var s=[].concat(o[c]);t&&p[s[0]]||(void 0!==i&&(void 0===s[5]||(s[1]="@layer".concat(s[5].length>0?" ".concat(s[5]):""," {").concat(s[1],"}")),s[5]=i),r&&(s[2]&&(s[1]="@media ".concat(s[2]," {").concat(s[1],"}")),s[2]=r),e&&(s[4]?(s[1]="@supports (".concat(s[4],") {").concat(s[1],"}"),s[4]=e):s[4]="".concat(e)),a.push(s))}},a}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(o){o.exports=function(o){return o[1]}},"./style/index.css"(o,a,r){r.r(a);var t=r("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),e=r.n(t),i=r("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),p=r.n(i),n=r("./node_modules/style-loader/dist/runtime/insertBySelector.js"),l=r.n(n),c=r("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),s=r.n(c),d=r("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),f=r.n(d),j=r("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),y=r.n(j),u=r("./node_modules/css-loader/dist/cjs.js!./style/index.css"),h={};h.styleTagTransform=y(),h.setAttributes=s(),h.insert=l().bind(null,"head"),h.domAPI=p(),h.insertStyleElement=f(),e()(u.A,h);let b=u.A&&u.A.locals?u.A.locals:void 0;r.d(a,{},{default:b})},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(o){var a=[];function r(o){for(var r=-1,t=0;t<a.length;t++)if(a[t].identifier===o){r=t;break}return r}function t(o,t){for(var e={},i=[],p=0;p<o.length;p++){var n=o[p],l=t.base?n[0]+t.base:n[0],c=e[l]||0,s="".concat(l," ").concat(c);e[l]=c+1;var d=r(s),f={css:n[1],media:n[2],sourceMap:n[3],supports:n[4],layer:n[5]};if(-1!==d)a[d].references++,a[d].updater(f);else{var j=function(o,a){var r=a.domAPI(a);return r.update(o),function(a){a?(a.css!==o.css||a.media!==o.media||a.sourceMap!==o.sourceMap||a.supports!==o.supports||a.layer!==o.layer)&&r.update(o=a):r.remove()}}(f,t);t.byIndex=p,a.splice(p,0,{identifier:s,updater:j,references:1})}i.push(s)}return i}o.exports=function(o,e){var i=t(o=o||[],e=e||{});return function(o){o=o||[];for(var p=0;p<i.length;p++){var n=r(i[p]);a[n].references--}for(var l=t(o,e),c=0;c<i.length;c++){var s=r(i[c]);0===a[s].references&&(a[s].updater(),a.splice(s,1))}i=l}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(o){var a={};o.exports=function(o,r){var t=function(o){if(void 0===a[o]){var r=document.querySelector(o);if(window.HTMLIFrameElement&&r instanceof window.HTMLIFrameElement)try{r=r.contentDocument.head}catch(o){r=null}a[o]=r}return a[o]}(o);if(!t)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");t.appendChild(r)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(o){o.exports=function(o){var a=document.createElement("style");return o.setAttributes(a,o.attributes),o.insert(a,o.options),a}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(o,a,r){o.exports=function(o){var a=r.nc;a&&o.setAttribute("nonce",a)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(o){o.exports=function(o){if("u"<typeof document)return{update:function(){},remove:function(){}};var a=o.insertStyleElement(o);return{update:function(r){var t,e,i;t="",r.supports&&(t+="@supports (".concat(r.supports,") {")),r.media&&(t+="@media ".concat(r.media," {")),(e=void 0!==r.layer)&&(t+="@layer".concat(r.layer.length>0?" ".concat(r.layer):""," {")),t+=r.css,e&&(t+="}"),r.media&&(t+="}"),r.supports&&(t+="}"),(i=r.sourceMap)&&"u">typeof btoa&&(t+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(i))))," */")),o.styleTagTransform(t,a,o.options)},remove:function(){var o;null===(o=a).parentNode||o.parentNode.removeChild(o)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(o){o.exports=function(o,a){if(a.styleSheet)a.styleSheet.cssText=o;else{for(;a.firstChild;)a.removeChild(a.firstChild);a.appendChild(document.createTextNode(o))}}}}]);