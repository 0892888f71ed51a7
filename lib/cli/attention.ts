/** `dinomaly attention`. */
import { join, parse } from 'node:path';
import { makeFolder, writeWhole } from '../files.js';
import { type AttentionMap, type AttentionQuery, renderAttention } from '../index.js';
import { refuseOverwrite } from '../overwrite.js';
import { present } from './arguments.js';
import { checkLoadArguments, type LoadArguments, loadModel } from './load.js';
import { EXIT, noteError, printJson, refuseStdout } from './output.js';

/** Options of `dinomaly attention`, as commander parses them. */
export interface AttentionArguments extends LoadArguments {
  readonly query: AttentionQuery;
  readonly layer?: number;
  readonly out: string;
}

/**
 * Writes the picture with the query patch framed beside each decoder block's attention map; a JSON line a block with the
 * entropy in nats. A file that cannot be written is a line on stderr, and the other blocks go on.
 *
 * @returns the exit code: 1 when a file failed
 */
export async function attentionCommand(
  image: string,
  given: AttentionArguments,
  fail: (message: string) => never,
): Promise<number> {
  checkLoadArguments(given, fail);
  refuseStdout(given.out, '--out');
  await using model = await loadModel(given, fail);
  const { row, column } = given.query;
  const maps = await model.attention(image, { row, column, ...present({ layer: given.layer }) });
  const fileOf = ({ layer }: AttentionMap): string =>
    join(given.out, `${parse(image).name}-attention-${row}-${column}-layer-${layer}.png`);
  const inputs = [
    { path: image, what: 'the picture' },
    { path: given.model, what: 'the model' },
  ];
  await refuseOverwrite(
    maps.map((map) => ({ path: fileOf(map), what: '--out' })),
    inputs,
  );
  await makeFolder(given.out);
  let code: number = EXIT.ok;
  for (const map of maps) {
    const { layer, entropy, height, width } = map;
    const file = fileOf(map);
    const png = await renderAttention(image, map, given.query, model, { pixelLimit: model.pixelLimit, svg: model.svg });
    const written = await writeWhole(file, png).then(
      () => file,
      (error: unknown) => {
        noteError(error);
        code = EXIT.failure;
      },
    );
    printJson({ image, layer, entropy, uniform: Math.log(height * width), file: written });
  }
  return code;
}
