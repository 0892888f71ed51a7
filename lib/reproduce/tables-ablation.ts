/** Plans of Tables 3, 4 and 5 and of Figure 5: what each part, size and encoder is worth. Pure. */
import { describeOptions } from '../options/trainer.js';
import {
  ELEMENTS,
  type Element,
  FIGURE_5,
  type Figure5Bar,
  REMARKS,
  SETTINGS,
  TABLE_3,
  TABLE_4,
  TABLE_5,
  TABLE_5_OURS,
} from './paper.js';
import {
  join,
  joinSections,
  none,
  ownRow,
  type Part,
  type Planner,
  paperRow,
  type RowSpec,
  type Section,
  sectionsOf,
  sevenColumns,
} from './planner.js';
import type { Plan, PlanOptions, RowOptions } from './types.js';

/** The benchmark that the paper prints these tables for. */
const PRINTED = ['MVTec-AD'] as const;

const NOT_PRINTED =
  'Our copy of the paper prints this table for MVTec-AD only: other data sets have our figures alone.';

function isPrinted(section: Section): boolean {
  return section.label === 'MVTec-AD';
}

function remarks(planner: Planner, own: readonly string[]): readonly string[] {
  return planner.data.every(({ label }) => label === 'MVTec-AD') ? own : [...own, NOT_PRINTED];
}

/** A row of Table 3 without an element has what the baseline of the paper has in its place (section 4.4). */
function variant3(parts: readonly Element[]): Omit<RowOptions, 'encoder' | 'seed'> {
  return {
    // Whatever the benchmark drops by default stays where the noise is on.
    ...(parts.includes('NB') ? {} : { bottleneckDropout: 0 }),
    attention: parts.includes('LA') ? 'linear' : 'softmax',
    // The encoder's own two groups where the constraint is loose.
    ...(parts.includes('LC') ? {} : { scheme: 'layer-to-layer-dense' }),
    loss: parts.includes('LL') ? 'loose' : 'global-cosine',
  };
}

/** Elements of the network, one by one. */
export function planTable3(planner: Planner): Plan {
  const part = (section: Section): Part =>
    join(
      TABLE_3.map(({ parts, values }) => {
        const row = parts.length === 0 ? 'baseline' : parts.join('+');
        const labels = ELEMENTS.map((element) => (parts.includes(element) ? '✓' : ''));
        const spec: RowSpec = { row, label: row, variant: variant3(parts) };
        return ownRow(planner, section, spec, labels, isPrinted(section) ? values : none(7));
      }),
    );
  return {
    table: '3',
    title: 'Table 3. Ablations of the elements of Dinomaly (%)',
    remarks: remarks(planner, REMARKS.table3),
    columns: sevenColumns(2),
    ...joinSections(sectionsOf(planner, PRINTED), ELEMENTS, part),
  };
}

/** An encoder in a few words. */
export function describeEncoder(encoder: RowOptions['encoder']): string {
  if (typeof encoder === 'object') {
    const { family = 'vit', dim, depth, heads, patch } = encoder;
    return `custom ${family} (dim ${dim}, depth ${depth}, heads ${heads}, patch ${patch})`;
  }
  return encoder ?? SETTINGS.encoder;
}

/** Where a table names its rows by encoder, `--encoder` chooses among them, or adds one. */
function chosenEncoder(own: string, options: PlanOptions): Pick<RowSpec, 'skip'> {
  const { encoder } = options;
  const other = encoder !== undefined && encoder !== own;
  return other ? { skip: `--encoder chose ${describeEncoder(encoder)}` } : {};
}

/** The row of an encoder that is not one of the table's. */
function extraEncoder(known: readonly string[], options: PlanOptions): RowSpec | undefined {
  const { encoder } = options;
  if (encoder === undefined || (typeof encoder === 'string' && known.includes(encoder))) {
    return undefined;
  }
  const row = typeof encoder === 'string' ? encoder : 'custom';
  return { row, label: describeEncoder(encoder), encoder, inPaper: false, sides: null };
}

/** Sizes of the encoder. */
export function planTable4(planner: Planner): Plan {
  const extra = extraEncoder(
    TABLE_4.map(({ encoder }) => encoder),
    planner.options,
  );
  const part = (section: Section): Part =>
    join([
      ...TABLE_4.map(({ id, arch, encoder, paramsM, macsG, imagesPerSecond, values }) => {
        const chosen = chosenEncoder(encoder, planner.options);
        const spec: RowSpec = { row: id, label: arch, encoder, measure: true, ...chosen };
        const metrics = isPrinted(section) ? values : none(7);
        return ownRow(planner, section, spec, [arch], [paramsM, macsG, imagesPerSecond, ...metrics]);
      }),
      ...(extra === undefined || section.at === undefined
        ? []
        : [ownRow(planner, section, { ...extra, measure: true }, [extra.label], none(10))]),
    ]);
  return {
    table: '4',
    title: 'Table 4. Scaling of the encoder',
    remarks: remarks(planner, REMARKS.table4),
    columns: [
      { title: 'Params (M)', quantity: 'paramsM', decimals: 1 },
      { title: 'MACs (G)', quantity: 'macsG', decimals: 1 },
      { title: 'Im/s', quantity: 'imagesPerSecond', decimals: 1 },
      ...sevenColumns(2),
    ],
    ...joinSections(sectionsOf(planner, PRINTED), ['Arch.'], part),
  };
}

/** The sizes of a row of Table 5, scaled where the encoder's own are not those of the paper. */
function sides5(encoder: RowOptions['encoder'], row: { readonly size: number; readonly crop: number }): RowOptions {
  const { resize, crop } = describeOptions({ encoder: encoder ?? SETTINGS.encoder }).geometry;
  const scale = (side: number): number => Math.round((side * row.crop) / SETTINGS.crop);
  const same = resize[0] === SETTINGS.size && crop[0] === SETTINGS.crop;
  return same ? { size: row.size, crop: row.crop } : { size: scale(resize[0]), crop: scale(crop[0]) };
}

/** Sizes of the input. */
export function planTable5(planner: Planner): Plan {
  const part = (section: Section): Part =>
    join([
      ...(isPrinted(section)
        ? TABLE_5.map(({ method, side, values }) =>
            paperRow(section, `${method} ${side}`, [method, `${side}²`], values),
          )
        : []),
      ...TABLE_5_OURS.map(({ crop, size, values }) => {
        const variant = sides5(planner.options.encoder, { crop, size });
        const spec: RowSpec = { row: String(crop), label: `Dinomaly ${crop}`, variant, sides: { crop, size } };
        const metrics = isPrinted(section) ? values : none(7);
        return ownRow(planner, section, spec, ['Dinomaly', `${crop}²`], metrics);
      }),
    ]);
  return {
    table: '5',
    title: 'Table 5. Scaling of the input size (%)',
    remarks: remarks(planner, REMARKS.table5),
    columns: sevenColumns(1),
    ...joinSections(sectionsOf(planner, PRINTED), ['Method', 'Input size'], part),
  };
}

function bar({ family, encoder, inPaper }: Figure5Bar, options: PlanOptions): RowSpec {
  const { size, crop } = SETTINGS;
  return {
    row: encoder,
    label: inPaper ? family : `${family} (not in the paper)`,
    encoder,
    inPaper,
    sides: encoder === SETTINGS.encoder ? { size, crop } : null,
    ...chosenEncoder(encoder, options),
  };
}

/** Families of encoders. */
export function planFigure5(planner: Planner): Plan {
  const { options } = planner;
  const bars = FIGURE_5.map((each) => bar(each, options));
  const extra = extraEncoder(
    FIGURE_5.map(({ encoder }) => encoder),
    options,
  );
  const specs = extra === undefined ? bars : [...bars, { ...extra, label: 'own choice' }];
  const part = (section: Section): Part =>
    join(specs.map((spec) => ownRow(planner, section, spec, [spec.label, describeEncoder(spec.encoder)], none(1))));
  return {
    table: 'figure5',
    title: 'Figure 5. Image AUROC with encoders of different pre-training (%)',
    remarks: remarks(planner, REMARKS.figure5),
    columns: [{ title: 'I-AUROC', quantity: 'imageAuroc', decimals: 2 }],
    ...joinSections(sectionsOf(planner, []), ['Pre-training', 'Encoder'], part),
  };
}
