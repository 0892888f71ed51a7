/** `dinomaly attention`. */
import { join, parse } from 'node:path';
import { makeFolder, writeWhole } from '../files.js';
import { type AttentionMap, type AttentionQuery, renderAttention } from '../index.js';
import { refuseOverwrite } from '../overwrite.js';
import { present } from './arguments.js';
import { type LoadArguments, loadModel } from './load.js';
import { EXIT, print } from './output.js';

/** Options of `dinomaly attention`, as commander parses them. */
export interface AttentionArguments extends LoadArguments {
  readonly query: AttentionQuery;
  readonly layer?: number;
  readonly out: string;
}

/**
 * Writes the picture with the query patch framed beside each decoder block's attention map; a JSON line a block with the
 * entropy in nats.
 *
 * @returns the exit code
 */
export async function attentionCommand(
  image: string,
  given: AttentionArguments,
  fail: (message: string) => never,
): Promise<number> {
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
  for (const map of maps) {
    const file = fileOf(map);
    const png = await renderAttention(image, map, given.query, model, { pixelLimit: model.pixelLimit });
    await writeWhole(file, png);
    const { layer, entropy, height, width } = map;
    print(JSON.stringify({ image, layer, entropy, uniform: Math.log(height * width), file }));
  }
  return EXIT.ok;
}
