// What VS Code makes of the outputs of a notebook: its own widget manager in the webview of a notebook. Around that manager this page
// does what the extension microsoft/vscode-jupyter and VS Code do; each part names the file that it follows.
import { KernelManager, ServerConnection, SessionManager } from '@jupyterlab/services';

const WIDGET = 'application/vnd.jupyter.widget-view+json';
// src/kernels/execution/helpers.ts: the first of these that an output has, and for which there is a renderer that does not give up
const ORDER = [WIDGET, 'text/html', 'text/plain'];

const outputs = []; // of each cell
let kernel, manager;

// src/webviews/webview-side/ipywidgets/kernel/requirejsRegistry.ts: require.js, which knows where the files of other widgets lie
const modules = new Map();
window.define = (name, build) => modules.set(name, Promise.resolve(build()));
window.requirejs = (names, found, failed) =>
  Promise.all(names.map(loaded)).then(each => found(...each), failed);

function loaded(name) {
  if (!modules.has(name)) modules.set(name, load(name));
  return modules.get(name);
}

async function load(name) {
  const source = await (await fetch(`nbextensions/${name}/index.js`)).text();
  const parts = await new Promise(resolve => {
    new Function('define', source)((names, build) => resolve([names, build]));
  });
  return parts[1](...(await Promise.all(parts[0].map(loaded))));
}

// src/webviews/webview-side/ipywidgets/kernel/manager.ts, initializeKernelAndWidgetManager
async function connect(path, token) {
  const { activate } = await import(/* webpackIgnore: true */ `${location.origin}/vscode/ipywidgets.js`);
  activate();
  window.vscIPyWidgets8.load();
  const serverSettings = ServerConnection.makeSettings({
    baseUrl: `${location.origin}/`,
    wsUrl: `${location.origin.replace('http', 'ws')}/`,
    token
  });
  const kernelManager = new KernelManager({ serverSettings });
  const sessions = new SessionManager({ kernelManager, serverSettings });
  const options = { path, name: path, type: 'notebook', kernel: { name: 'python3' } };
  kernel = (await sessions.startNew(options)).kernel;
  const scripts = { widgetsRegisteredInRequireJs: new Set(['anywidget']), loadWidgetScript: async () => {} };
  scripts.successHandler = () => {};
  scripts.errorHandler = (name, module, version, error) => console.error('aifactory', name, module, error);
  manager = new window.vscIPyWidgets.WidgetManager(kernel, document.body, scripts, () => {});
}

// src/kernels/execution/cellExecution.ts, which allows that a cell asks for input
async function execute(code) {
  const cell = outputs.push([]) - 1;
  const container = newCell();
  const future = kernel.requestExecute({ code, allow_stdin: true });
  future.onIOPub = ({ header, content }) => {
    if (header.msg_type === 'error') console.error('aifactory', content.ename, content.evalue);
    if (!['display_data', 'execute_result'].includes(header.msg_type)) return;
    const output = { data: content.data, id: content.transient?.display_id };
    outputs[cell].push(output);
    show(output, container);
  };
  await future.done;
}

function update({ header, content }) {
  if (header.msg_type !== 'update_display_data') return;
  for (const output of outputs.flat().filter(each => each.id === content.transient.display_id)) {
    output.data = content.data;
    render(output);
  }
}

// src/vs/workbench/contrib/notebook/browser/view/renderers/webviewPreloads.ts of VS Code: OutputCell, OutputContainer, OutputElement
function newCell() {
  const cell = document.createElement('div');
  cell.className = 'cell_container';
  document.querySelector('#container').append(cell);
  return cell;
}

function show(output, cell) {
  const container = document.createElement('div');
  container.className = 'output_container';
  output.place = container.appendChild(document.createElement('div'));
  output.place.className = 'output';
  cell.append(container);
  render(output);
}

function render(output) {
  const mime = ORDER.find(each => each in output.data && (each !== WIDGET || manager));
  output.place.replaceChildren();
  const place = output.place.appendChild(document.createElement('div'));
  if (mime === WIDGET) renderWidget(output.data[WIDGET], place);
  else if (mime === 'text/html') place.innerHTML = output.data[mime];
  else place.textContent = output.data[mime];
}

// src/webviews/webview-side/ipywidgets/kernel/index.ts, renderIPyWidget, and manager.ts, renderWidget
async function renderWidget(data, place) {
  place.className = 'cell-output-ipywidget-background';
  const element = place.appendChild(document.createElement('div'));
  element.className = 'cell-output-ipywidget-background';
  const model = await manager.get_model(data.model_id);
  const view = await manager.create_view(model, { el: element });
  await manager.display_view(data, view, { node: element });
}

// webviewPreloads.ts, handleInnerClick, and backLayerWebView.ts, clicked-link: VS Code opens a link, relative to the notebook
document.addEventListener('click', event => {
  const link = event.composedPath().find(each => each instanceof HTMLAnchorElement && each.href);
  if (!link) return;
  event.preventDefault();
  window.vscode.opened.push(decodeURIComponent(link.getAttribute('href')));
});

// src/vs/workbench/contrib/webview/browser/pre/index.html: VS Code hears a key that comes this far, and microsoft/vscode-jupyter-keymap has
// commands on single ones, such as `x`, which takes the cell away
window.addEventListener('keydown', event => console.error('aifactory: VS Code hears the key', event.key));

window.vscode = {
  opened: [],
  async runAll(path, token, cells) {
    await connect(path, token);
    kernel.iopubMessage.connect((_, message) => update(message));
    for (const code of cells) await execute(code);
  },
  saved: () => outputs.map(cell => cell.map(({ data }) => data)),
  // rendererComms.ts, queryWidgetState: nothing is known of the widgets of a notebook whose kernel is gone
  reopen: saved => {
    for (const cell of saved) {
      const container = newCell();
      for (const data of cell) show({ data }, container);
    }
  }
};
