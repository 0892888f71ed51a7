/** `dinomaly predict`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { DinomalyError, type Model, renderHeatmap, type StreamResult } from '../index.js';
import { present } from './arguments.js';
import { type LoadArguments, loadModel } from './load.js';
import { EXIT, errorLine, note, print } from './output.js';

/** Options of `dinomaly predict`, as commander parses them. */
export interface PredictArguments extends LoadArguments {
  readonly heatmaps?: string;
  readonly className?: string;
  readonly threshold?: number;
}

/**
 * File names for heatmaps: `<picture>-heatmap.png`, numbered where two pictures share a name. Never the picture's own name:
 * the folder may be the one of the pictures.
 */
export class HeatmapNames {
  readonly #folder: string;
  readonly #taken = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  next(image: string): string {
    const { name } = parse(image);
    let unique = `${name}-heatmap`;
    for (let count = 2; this.#taken.has(unique); count++) {
      unique = `${name}-heatmap-${count}`;
    }
    this.#taken.add(unique);
    return join(this.#folder, `${unique}.png`);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw new DinomalyError('FILE_WRITE', `Cannot make the folder ${folder}: ${String(error)}`, { cause: error });
  });
}

async function writeHeatmap(path: string, result: StreamResult<string>, model: Model): Promise<void> {
  const png = await renderHeatmap(result.image, result, model, { pixelLimit: model.pixelLimit });
  await writeFile(path, png).catch((error: unknown) => {
    throw new DinomalyError('FILE_WRITE', `Cannot write ${path}: ${String(error)}`, { cause: error });
  });
}

/**
 * Scores pictures; one JSON line each on stdout. A picture that cannot be scored is a line on stderr, and the others go on.
 *
 * @returns the exit code: 1 when a picture failed
 */
export async function predictCommand(
  images: readonly string[],
  given: PredictArguments,
  fail: (message: string) => never,
): Promise<number> {
  await using model = await loadModel(given, fail);
  const names = given.heatmaps === undefined ? undefined : new HeatmapNames(given.heatmaps);
  if (given.heatmaps !== undefined) {
    await makeFolder(given.heatmaps);
  }
  let code: number = EXIT.ok;
  const onError = (error: unknown): void => {
    note(errorLine(error));
    code = EXIT.failure;
  };
  const { className, threshold: override } = given;
  const choice = present({ className, threshold: override });
  for await (const result of model.scoreMany(images, { ...choice, onError })) {
    const { image, score, threshold, isAnomalous, confidence, timing } = result;
    const heatmap = names?.next(image);
    if (heatmap !== undefined) {
      await writeHeatmap(heatmap, result, model);
    }
    const decision = { threshold, isAnomalous, confidence };
    print(JSON.stringify({ image, score, ...decision, ...(heatmap === undefined ? {} : { heatmap }), timing }));
  }
  return code;
}
