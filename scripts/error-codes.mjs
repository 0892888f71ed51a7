// docs/errors.md, written from the table of codes in lib/errors.ts. A test holds the file against what this makes.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { isMain, root } from './tools.mjs';

const HEAD = `# Errors

Wrong kinds of argument are \`TypeError\`, values out of range are \`RangeError\`. Every other failure is a \`DinomalyError\`, whose
\`code\` is one of these. Codes are for programs and stay; messages are for people: they name the file or option at fault and
what mends it, and may change. An aborted call rejects with the reason of its signal, and a callback that throws with the very
error it threw.

\`\`\`ts
import { DinomalyError } from 'dinomaly';

try {
  await model.score(path);
} catch (error) {
  if (!(error instanceof DinomalyError) || error.code !== 'IMAGE_DECODE') throw error;
  console.error(error.message);
}
\`\`\`

| code | meaning | what to do |
|---|---|---|
`;

/**
 * @param {Readonly<Record<string, {meaning: string, remedy: string}>>} codes
 * @returns {string}
 */
export function renderErrors(codes) {
  return (
    HEAD +
    Object.entries(codes)
      .map(([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |\n`)
      .join('')
  );
}

if (isMain(import.meta.url)) {
  const { ERROR_CODES } = createRequire(import.meta.url)('../dist/errors.js');
  writeFileSync(path.join(root, 'docs/errors.md'), renderErrors(ERROR_CODES));
}
