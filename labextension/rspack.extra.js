// Names instead of numbers: numbers depend on where the folder lies, and every machine would build other bytes.
module.exports = {
  context: __dirname,
  optimization: { moduleIds: 'named', chunkIds: 'named' }
};
