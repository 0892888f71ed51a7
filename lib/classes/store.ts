/** Descriptions of classes as text in a model file. */
import { checkInteger, checkNumber, checkOptions, checkString, outOfRange, wrongKind } from '../check.js';
import type { ClassDescription } from './types.js';

/** Bytes of a number of `mean`: a float32, little endian. */
const BYTES = 4;
const KEYS = ['name', 'images', 'mean', 'spread', 'limit'] as const;
const DISTANCE = { min: 0, max: 1e30 } as const;

/** The text of descriptions. */
export function writeDescriptions(classes: readonly ClassDescription[]): string {
  return JSON.stringify(
    classes.map(({ mean, ...rest }) => ({
      ...rest,
      mean: Buffer.from(mean.buffer, mean.byteOffset, mean.byteLength).toString('base64'),
    })),
  );
}

function readMean(value: unknown, path: string, size: number): Float32Array {
  const bytes = Buffer.from(checkString(value, path), 'base64');
  if (bytes.length !== BYTES * size) {
    throw outOfRange(`${size} numbers of ${BYTES} bytes in base64`, path, `${bytes.length} bytes`);
  }
  const mean = Float32Array.from({ length: size }, (_, at) => bytes.readFloatLE(BYTES * at));
  if (!mean.every(Number.isFinite)) {
    throw outOfRange('finite numbers', path, 'one that is not');
  }
  return mean;
}

function readOne(value: unknown, path: string, size: number): ClassDescription {
  const given = checkOptions(value ?? null, path, KEYS);
  return {
    name: checkString(given.name, `${path}.name`),
    images: checkInteger(given.images, `${path}.images`, { min: 1 }),
    mean: readMean(given.mean, `${path}.mean`, size),
    spread: checkNumber(given.spread, `${path}.spread`, DISTANCE),
    limit: checkNumber(given.limit, `${path}.limit`, { ...DISTANCE, above: true }),
  };
}

/**
 * Reads descriptions.
 *
 * @param names - the classes of the model, in order: each has a description
 * @param size - numbers of a picture's features
 * @throws TypeError, RangeError naming the part at fault
 */
export function readDescriptions(
  text: string,
  path: string,
  names: readonly string[],
  size: number,
): readonly ClassDescription[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) {
    throw wrongKind('an array', path, value);
  }
  if (value.length !== names.length) {
    throw outOfRange(`${names.length} classes`, `${path}.length`, value.length);
  }
  const read = value.map((one, at) => readOne(one, `${path}[${at}]`, size));
  const odd = read.findIndex(({ name }, at) => name !== names[at]);
  if (odd >= 0) {
    throw outOfRange(`'${names[odd]}', the class at that place,`, `${path}[${odd}].name`, read[odd]?.name);
  }
  return read;
}
