module.exports = {
  mode: 'production',
  target: 'node',
  entry: './service.cjs',
  externals: { dinomaly: 'commonjs dinomaly' },
};
