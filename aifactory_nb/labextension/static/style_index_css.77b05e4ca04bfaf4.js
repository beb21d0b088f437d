"use strict";(self.rspackChunkaifactory_nb=self.rspackChunkaifactory_nb||[]).push([["style_index_css"],{"./node_modules/css-loader/dist/cjs.js!./style/base.css"(o,r,a){var e=a("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),t=a.n(e),i=a("./node_modules/css-loader/dist/runtime/api.js"),n=(a.n(i))()(t());n.push([o.id,`.jp-aifactory-unseen {
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

.jp-aifactory-form {
  padding: 16px 24px;
  overflow: auto;
  color: var(--jp-ui-font-color1);
}
`,""]),a.d(r,{},{A:n})},"./node_modules/css-loader/dist/cjs.js!./style/index.css"(o,r,a){var e=a("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),t=a.n(e),i=a("./node_modules/css-loader/dist/runtime/api.js"),n=a.n(i),s=a("./node_modules/css-loader/dist/cjs.js!./style/base.css"),p=a("./node_modules/css-loader/dist/cjs.js!./style/panel.css"),c=a("./node_modules/css-loader/dist/cjs.js!./style/line.css"),l=n()(t());l.i(s.A),l.i(p.A),l.i(c.A),l.push([o.id,`
`,""]),a.d(r,{},{A:l})},"./node_modules/css-loader/dist/cjs.js!./style/line.css"(o,r,a){var e=a("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),t=a.n(e),i=a("./node_modules/css-loader/dist/runtime/api.js"),n=(a.n(i))()(t());n.push([o.id,`.jp-aifactory-content,
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
  opacity: 0.55;
  stroke-dasharray: 2 3;
}

.jp-aifactory-wire[data-near='true'] path {
  opacity: 1;
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
`,""]),a.d(r,{},{A:n})},"./node_modules/css-loader/dist/cjs.js!./style/panel.css"(o,r,a){var e=a("./node_modules/css-loader/dist/runtime/noSourceMaps.js"),t=a.n(e),i=a("./node_modules/css-loader/dist/runtime/api.js"),n=(a.n(i))()(t());n.push([o.id,`.jp-aifactory-panel {
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
`,""]),a.d(r,{},{A:n})},"./node_modules/css-loader/dist/runtime/api.js"(o){o.exports=function(o){var r=[];return r.toString=function(){return this.map(function(r){var a="",e=void 0!==r[5];return r[4]&&(a+="@supports (".concat(r[4],") {")),r[2]&&(a+="@media ".concat(r[2]," {")),e&&(a+="@layer".concat(r[5].length>0?" ".concat(r[5]):""," {")),a+=o(r),e&&(a+="}"),r[2]&&(a+="}"),r[4]&&(a+="}"),a}).join("")},r.i=function(o,a,e,t,i){"string"==typeof o&&(o=[[null,o,void 0]]);var n={};if(e)for(var s=0;s<this.length;s++){var p=this[s][0];null!=p&&(n[p]=!0)}for(var c=0;c<o.length;c++){var l=[].concat(o[c]);e&&n[l[0]]||(void 0!==i&&(void 0===l[5]||(l[1]="@layer".concat(l[5].length>0?" ".concat(l[5]):""," {").concat(l[1],"}")),l[5]=i),a&&(l[2]&&(l[1]="@media ".concat(l[2]," {").concat(l[1],"}")),l[2]=a),t&&(l[4]?(l[1]="@supports (".concat(l[4],") {").concat(l[1],"}"),l[4]=t):l[4]="".concat(t)),r.push(l))}},r}},"./node_modules/css-loader/dist/runtime/noSourceMaps.js"(o){o.exports=function(o){return o[1]}},"./style/index.css"(o,r,a){a.r(r);var e=a("./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"),t=a.n(e),i=a("./node_modules/style-loader/dist/runtime/styleDomAPI.js"),n=a.n(i),s=a("./node_modules/style-loader/dist/runtime/insertBySelector.js"),p=a.n(s),c=a("./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"),l=a.n(c),d=a("./node_modules/style-loader/dist/runtime/insertStyleElement.js"),f=a.n(d),u=a("./node_modules/style-loader/dist/runtime/styleTagTransform.js"),j=a.n(u),y=a("./node_modules/css-loader/dist/cjs.js!./style/index.css"),h={};h.styleTagTransform=j(),h.setAttributes=l(),h.insert=p().bind(null,"head"),h.domAPI=n(),h.insertStyleElement=f(),t()(y.A,h);let v=y.A&&y.A.locals?y.A.locals:void 0;a.d(r,{},{default:v})},"./node_modules/style-loader/dist/runtime/injectStylesIntoStyleTag.js"(o){var r=[];function a(o){for(var a=-1,e=0;e<r.length;e++)if(r[e].identifier===o){a=e;break}return a}function e(o,e){for(var t={},i=[],n=0;n<o.length;n++){var s=o[n],p=e.base?s[0]+e.base:s[0],c=t[p]||0,l="".concat(p," ").concat(c);t[p]=c+1;var d=a(l),f={css:s[1],media:s[2],sourceMap:s[3],supports:s[4],layer:s[5]};if(-1!==d)r[d].references++,r[d].updater(f);else{var u=function(o,r){var a=r.domAPI(r);return a.update(o),function(r){r?(r.css!==o.css||r.media!==o.media||r.sourceMap!==o.sourceMap||r.supports!==o.supports||r.layer!==o.layer)&&a.update(o=r):a.remove()}}(f,e);e.byIndex=n,r.splice(n,0,{identifier:l,updater:u,references:1})}i.push(l)}return i}o.exports=function(o,t){var i=e(o=o||[],t=t||{});return function(o){o=o||[];for(var n=0;n<i.length;n++){var s=a(i[n]);r[s].references--}for(var p=e(o,t),c=0;c<i.length;c++){var l=a(i[c]);0===r[l].references&&(r[l].updater(),r.splice(l,1))}i=p}}},"./node_modules/style-loader/dist/runtime/insertBySelector.js"(o){var r={};o.exports=function(o,a){var e=function(o){if(void 0===r[o]){var a=document.querySelector(o);if(window.HTMLIFrameElement&&a instanceof window.HTMLIFrameElement)try{a=a.contentDocument.head}catch(o){a=null}r[o]=a}return r[o]}(o);if(!e)throw Error("Couldn't find a style target. This probably means that the value for the 'insert' parameter is invalid.");e.appendChild(a)}},"./node_modules/style-loader/dist/runtime/insertStyleElement.js"(o){o.exports=function(o){var r=document.createElement("style");return o.setAttributes(r,o.attributes),o.insert(r,o.options),r}},"./node_modules/style-loader/dist/runtime/setAttributesWithoutAttributes.js"(o,r,a){o.exports=function(o){var r=a.nc;r&&o.setAttribute("nonce",r)}},"./node_modules/style-loader/dist/runtime/styleDomAPI.js"(o){o.exports=function(o){if("u"<typeof document)return{update:function(){},remove:function(){}};var r=o.insertStyleElement(o);return{update:function(a){var e,t,i;e="",a.supports&&(e+="@supports (".concat(a.supports,") {")),a.media&&(e+="@media ".concat(a.media," {")),(t=void 0!==a.layer)&&(e+="@layer".concat(a.layer.length>0?" ".concat(a.layer):""," {")),e+=a.css,t&&(e+="}"),a.media&&(e+="}"),a.supports&&(e+="}"),(i=a.sourceMap)&&"u">typeof btoa&&(e+="\n/*# sourceMappingURL=data:application/json;base64,".concat(btoa(unescape(encodeURIComponent(JSON.stringify(i))))," */")),o.styleTagTransform(e,r,o.options)},remove:function(){var o;null===(o=r).parentNode||o.parentNode.removeChild(o)}}}},"./node_modules/style-loader/dist/runtime/styleTagTransform.js"(o){o.exports=function(o,r){if(r.styleSheet)r.styleSheet.cssText=o;else{for(;r.firstChild;)r.removeChild(r.firstChild);r.appendChild(document.createTextNode(o))}}}}]);