/** The public types of reports, used as a user would. Compiled, never run; see public.ts. */
import {
  type Dataset,
  describeModel,
  describeProvenance,
  Evaluator,
  type GalleryEntry,
  type Model,
  type Provenance,
  type ReportFiles,
  ReportGallery,
  type Shots,
  type Thumbnail,
  writeReport,
} from '../../lib/index.js';

export async function reports(model: Model, dataset: Dataset): Promise<ReportFiles> {
  const gallery = new ReportGallery(dataset, { perClass: 4, maskConvention: undefined });
  const evaluation = await new Evaluator().evaluate(model, dataset, { onPicture: gallery.onPicture, curves: true });
  const models = [await describeModel(model, { file: 'model.safetensors' })];
  const provenance: Provenance = await describeProvenance({ models, dataset, command: null });
  const [first]: readonly GalleryEntry[] = (await gallery.finish()).get('bottle')?.missed ?? [];
  const shots: Shots | undefined = first?.shots;
  const heatmap: Thumbnail | null | undefined = shots?.heatmap;
  void heatmap?.webp;
  // @ts-expect-error an evaluation is needed
  await writeReport('out', { provenance });
  // @ts-expect-error the gallery itself, not what is in it
  await writeReport('out', { evaluation, gallery: await gallery.finish() });
  return writeReport(new URL('file:///out'), { evaluation, gallery, provenance, title: undefined });
}
