// Names instead of numbers: numbers depend on the path of the folder, and every machine would build other bytes.
module.exports = {
  context: __dirname,
  optimization: { moduleIds: 'named', chunkIds: 'named' }
};
