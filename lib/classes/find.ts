/** Finds the class of a picture by its features. */
import { distance } from './describe.js';
import type { ClassDescription, FoundClass } from './types.js';

/** The border between two is where both are as near. */
function sureness(near: number, far: number): number {
  return near + far === 0 ? 1 : far / (near + far);
}

/**
 * The nearest class among those within whose limit the picture lies. A picture of two classes at once, or of none, is told by
 * a confidence of 0.5.
 */
export function findClass(classes: readonly ClassDescription[], features: Float32Array): FoundClass {
  const reached = classes
    .map(({ name, mean, limit }) => ({ name, limit, far: distance(features, mean) }))
    .sort((a, b) => a.far - b.far);
  const found = reached.find(({ far, limit }) => far <= limit);
  if (found === undefined) {
    // How often the limit of the class that comes nearest to holding it.
    const beyond = Math.min(...reached.map(({ far, limit }) => far / limit));
    return { className: null, known: false, classConfidence: Number.isFinite(beyond) ? sureness(1, beyond) : 1 };
  }
  const rivals = reached.filter((one) => one !== found).map(({ far }) => far);
  const rival = Math.min(found.limit, ...rivals);
  return { className: found.name, known: true, classConfidence: Math.max(0.5, sureness(found.far, rival)) };
}
