/** Scores one picture a number of times at once; in a worker thread, or in a worker of a cluster. */
const { Model } = require('dinomaly');

/**
 * @param {string} file of a model
 * @param {string} picture
 * @returns {Promise<number>} the score, which was the same each time
 */
exports.score = async (file, picture) => {
  const model = await Model.load(file);
  const results = await Promise.all(Array.from({ length: 4 }, () => model.score(picture)));
  const scores = new Set(results.map(({ score }) => score));
  if (scores.size !== 1) throw new Error(`several scores: ${[...scores]}`);
  return [...scores][0] ?? Number.NaN;
};
