// How a planted fault names the test that must catch it.

/**
 * @typedef {{kind: 'core', title: string}} CoreTest a case of the ctest executable
 * @typedef {{kind: 'parity', folder: string, check: string}} ParityTest a check of dinomaly_parity; folder in test/fixtures
 * @typedef {{kind: 'ava', file: string, title: string}} AvaTest
 * @typedef {CoreTest | ParityTest | AvaTest} NamedTest
 */

/**
 * @typedef {object} Mutation a fault to plant
 * @property {string} name
 * @property {string} file
 * @property {string} text stands once in the file
 * @property {string} replacement
 * @property {string} breaks what is wrong then
 * @property {NamedTest} test
 */

/**
 * @param {string} title
 * @returns {CoreTest}
 */
export const core = (title) => ({ kind: 'core', title });

/**
 * @param {string} folder
 * @param {string} check
 * @returns {ParityTest}
 */
export const parity = (folder, check) => ({ kind: 'parity', folder, check });

/**
 * @param {string} file
 * @param {string} title
 * @returns {AvaTest}
 */
export const ava = (file, title) => ({ kind: 'ava', file, title });
