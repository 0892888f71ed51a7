/** The public API for `import`: the same copy that `require` gets, so that `instanceof` holds across both. */
export * from './index.js';
