import { Model } from 'dinomaly';

let model;

/** The model, loaded at the first picture. */
export function loadModel() {
  model ??= Model.load(process.env.MODEL);
  return model;
}

/** The score of an uploaded picture. */
export async function scoreOf(file) {
  const { score } = await (await loadModel()).score(Buffer.from(await file.arrayBuffer()));
  return score;
}
