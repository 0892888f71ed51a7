/** Every pool of Vitest. */
const pools = ['threads', 'forks', 'vmThreads', 'vmForks'];

export default {
  test: {
    projects: pools.map((pool) => ({
      test: { name: pool, pool, include: ['**/*.spec.mjs'], testTimeout: 60_000, hookTimeout: 60_000 },
    })),
  },
};
