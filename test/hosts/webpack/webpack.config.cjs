module.exports = {
  mode: 'production',
  target: 'node',
  entry: './service.cjs',
  output: { filename: 'service.cjs' },
  externals: { dinomaly: 'commonjs dinomaly' },
};
