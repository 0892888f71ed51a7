export default {
  // Loaded from node_modules as it is, never bundled.
  serverExternalPackages: ['dinomaly'],
  output: 'standalone',
  // Tracing does not see what is opened by a computed path: the binary and libtorch.
  outputFileTracingIncludes: { '/*': ['./node_modules/@dinomaly/**/*'] },
};
