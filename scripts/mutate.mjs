// `npm run mutate [-- NAME...]`: plants the faults of test/mutations one by one in a copy of the sources, builds what they
// touch, runs the test that each names, and ends non-zero when one is not caught or its text no longer stands in its file.
// What was found is kept in build/mutate, so that a run that was cut short goes on; a run of all writes
// test/mutations/RESULT.md. Not part of `npm test`: on two cores all of them take an hour.
//   --again   forgets what was found before
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { mutations } from '../test/mutations/index.mjs';
import { Bench } from './mutation-bench.mjs';
import { output, root, runMain, Trouble } from './tools.mjs';

/** @typedef {import('../test/mutations/tests.mjs').Mutation} Mutation */
/** @typedef {import('../test/mutations/tests.mjs').NamedTest} NamedTest */
/** @typedef {'caught' | 'SURVIVED' | 'NOT PLANTED' | 'NO BUILD' | 'NO TEST'} Outcome */
/** @typedef {{outcome: Outcome, how: string, seconds: number}} Finding */

const KEPT = path.join(root, 'build/mutate/found.json');
const RESULT = path.join(root, 'test/mutations/RESULT.md');

/** @param {NamedTest} test */
function shown(test) {
  switch (test.kind) {
    case 'core':
      return `ctest: ${test.title}`;
    case 'parity':
      return `ctest: parity of ${test.folder}: ${test.check}`;
    case 'ava':
      return `${test.file}: ${test.title}`;
  }
}

/**
 * What a finding holds for: the fault, its file and the test. Another state of these is looked at anew.
 * @param {Mutation} mutation
 * @param {Bench} bench
 */
function keyOf(mutation, bench) {
  const hash = createHash('sha256')
    .update(JSON.stringify(mutation))
    .update(readFileSync(path.join(root, mutation.file)));
  for (const file of bench.sourcesOf(mutation.test)) hash.update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/** @returns {Record<string, Finding>} */
function readKept() {
  return existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : {};
}

/**
 * @param {Mutation} mutation
 * @param {Bench} bench
 * @returns {Omit<Finding, 'seconds'>}
 */
function look(mutation, bench) {
  const source = readFileSync(path.join(root, mutation.file), 'utf8');
  const count = source.split(mutation.text).length - 1;
  if (count !== 1) return { outcome: 'NOT PLANTED', how: `the text stands ${count} times in ${mutation.file}` };
  const whole = bench.runWhole(mutation.test);
  if (whole.passed !== true) return { outcome: 'NO TEST', how: `it does not pass without the fault: ${whole.how}` };
  // A function: in a string `$` would have a meaning.
  bench.write(
    mutation.file,
    source.replace(mutation.text, () => mutation.replacement),
  );
  try {
    const built = bench.build(mutation.file, mutation.test);
    if (built !== undefined) return { outcome: 'NO BUILD', how: built };
    const { passed, how } = bench.run(mutation.test);
    if (passed === undefined) return { outcome: 'NO TEST', how };
    return { outcome: passed ? 'SURVIVED' : 'caught', how };
  } finally {
    bench.write(mutation.file, source);
  }
}

/**
 * @param {readonly string[]} names
 * @returns {readonly Mutation[]}
 */
function chosen(names) {
  for (const name of names) {
    if (!mutations.some((mutation) => mutation.name === name)) throw new Trouble(`There is no fault called ${name}`);
  }
  return names.length === 0 ? mutations : mutations.filter(({ name }) => names.includes(name));
}

/** @param {ReadonlyMap<Mutation, Finding>} findings */
function writeResult(findings) {
  const caught = [...findings.values()].filter(({ outcome }) => outcome === 'caught').length;
  const head = `# The last run of \`npm run mutate\`

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${output('c++', ['--version'])?.split('\n')[0] ?? 'unknown compiler'}:
${findings.size} faults were planted one by one, ${caught} were caught by the test named, ${findings.size - caught} were not.

| fault | what it breaks | file | test that must catch it | outcome |
|---|---|---|---|---|
`;
  const escaped = (/** @type {string} */ text) => text.replaceAll('|', '\\|');
  const rows = Array.from(findings, ([mutation, { outcome }]) =>
    [`\`${mutation.name}\``, mutation.breaks, mutation.file, shown(mutation.test), outcome].map(escaped).join(' | '),
  );
  writeFileSync(RESULT, `${head}${rows.map((row) => `| ${row} |\n`).join('')}`);
}

await runMain(() => {
  const again = process.argv.includes('--again');
  const names = process.argv.slice(2).filter((argument) => argument !== '--again');
  const planted = chosen(names);
  const bench = new Bench();
  const kept = again ? {} : readKept();
  bench.prepare();
  /** @type {Map<Mutation, Finding>} */
  const findings = new Map();
  for (const [at, mutation] of planted.entries()) {
    const key = keyOf(mutation, bench);
    const start = performance.now();
    const finding = kept[key] ?? { ...look(mutation, bench), seconds: (performance.now() - start) / 1000 };
    findings.set(mutation, finding);
    kept[key] = finding;
    mkdirSync(path.dirname(KEPT), { recursive: true });
    writeFileSync(KEPT, JSON.stringify(kept));
    const place = `${at + 1}/${planted.length}`.padStart(7);
    console.log(`${place}  ${finding.outcome.padEnd(11)} ${mutation.name.padEnd(28)} ${shown(mutation.test)}`);
    if (finding.outcome !== 'caught') console.log(`         ${mutation.breaks}; ${finding.how}`);
  }
  const missed = [...findings].filter(([, { outcome }]) => outcome !== 'caught').map(([{ name }]) => name);
  if (names.length === 0) writeResult(findings);
  console.log(`${findings.size - missed.length} of ${findings.size} faults caught`);
  if (missed.length > 0) throw new Trouble(`Not caught: ${missed.join(', ')}`);
});
