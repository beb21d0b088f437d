// Bundles page.js for tests/vscode.py into the folder that it is told.
import { rspack } from '@rspack/core';

const config = {
  mode: 'development',
  devtool: false,
  entry: new URL('page.js', import.meta.url).pathname,
  output: { path: process.argv[2], filename: 'page.js' },
  module: { rules: [{ test: /\.svg$/, type: 'asset/source' }] }
};
rspack(config, (error, stats) => {
  const told = error ?? (stats.hasErrors() ? stats.toString({ preset: 'errors-only' }) : '');
  if (told) throw new Error(told);
});
