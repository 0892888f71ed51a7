// Each test file runs in a process of its own: Node 20's worker threads do not pass a TypeScript loader on.
export default {
  files: ['test/**/*.test.ts'],
  extensions: { ts: 'commonjs' },
  nodeArguments: ['--import=tsx'],
  workerThreads: false,
  // Many tests wait for a process of their own: two files at once leave two cores idle for a third of the time.
  concurrency: 3,
  // Networks of this size gain nothing from a second thread, and teams of threads wait long for each other on a machine
  // that does other work. Lifecycle tests take the default, as users do.
  environmentVariables: { OMP_NUM_THREADS: '1' },
  timeout: '5m',
};
