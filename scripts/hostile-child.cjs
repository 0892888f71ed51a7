// What scripts/hostile.mjs runs: node hostile-child.cjs models|pictures MODEL FILE... Tries each file and writes one line:
// `scored FILE`, the code of the typed error, or `BAD...` for what must not be.
const { writeSync } = require('node:fs');
const { Model } = require('../dist/index.js');

const picture = { data: Buffer.alloc(32 * 24 * 3, 90), info: { width: 32, height: 24, channels: 3 } };

/** @param {() => Promise<number>} score */
async function attempt(score) {
  try {
    return Number.isFinite(await score()) ? 'scored' : 'BAD-SCORE';
  } catch (error) {
    const { code } = /** @type {{code?: string}} */ (error);
    return code === undefined || code === 'INTERNAL' ? `BAD-${code}-${String(error).replace(/\s+/g, '_')}` : code;
  }
}

async function main([what, sound = '', ...files] = process.argv.slice(2)) {
  const shared = await Model.load(sound, { device: 'cpu' });
  for (const file of files) {
    const outcome = await attempt(async () => {
      if (what === 'pictures') return (await shared.score(file)).score;
      const model = await Model.load(file, { device: 'cpu' });
      const { score } = await model.score(picture);
      model.dispose();
      return score;
    });
    writeSync(1, `${outcome} ${file}\n`);
  }
}

main();
