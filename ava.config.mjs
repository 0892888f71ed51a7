// Each test file runs in a process of its own: Node 20's worker threads do not pass a TypeScript loader on.
export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'commonjs' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // The addon computes on all cores: more files at once only take time from each other.
  concurrency: 2,
  timeout: '5m',
};
