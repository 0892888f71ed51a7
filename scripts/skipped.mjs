// What the runners of tests say of those that they skipped, and the one line in which `npm test` tells it.

/**
 * Why each skipped case of a JUnit report was: native/test/main.cpp and native/parity/tests.cmake print it.
 * @param {string} report
 */
export function skippedCases(report) {
  const cases = report.match(/<testcase\b(?:[^>]*\/>|.*?<\/testcase>)/gs) ?? [];
  return cases.flatMap((one) => {
    if (!one.includes('<skipped')) return [];
    const output = one.match(/<system-out>(.*?)<\/system-out>/s)?.[1] ?? '';
    return [
      output.match(/^skip .*\(\d+ ms\): (.+)$/m)?.[1] ?? output.match(/^skipped: (.+)$/m)?.[1] ?? 'no reason given',
    ];
  });
}

/**
 * Why each test was skipped that AVA's reporter tells of: test/helpers/where.ts puts the reason behind the title.
 * @param {string} output
 */
export function skippedTests(output) {
  const titles = Array.from(output.matchAll(/^\s*- \[skip\] (.*)$/gm), ([, title = '']) => title);
  return titles.map((title) => title.match(/\[(needs .*)\]$/)?.[1] ?? 'no reason given');
}

/**
 * One line: how many were skipped, and how many for each reason.
 * @param {readonly string[]} reasons
 */
export function skippedLine(reasons) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = Array.from(counts, ([reason, count]) => `${count}: ${reason}`);
  return `${reasons.length} skipped${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}
