/**
 * Three kinds of parts as SVG: each draws a normal part from a pose, and the same part with a defect. Poses vary as they
 * do under a camera: place, angle, scale and shade.
 */
import type { Random } from './random.js';

/** Side of a picture in pixels; SVG coordinates run from its middle. */
export const SIDE = 240;

/** How one part lies under the camera. */
interface Pose {
  readonly x: number;
  readonly y: number;
  /** Degrees. */
  readonly angle: number;
  readonly scale: number;
  /** Brightness of the material, around 1. */
  readonly shade: number;
}

/** One kind of part. */
export interface Part {
  readonly name: string;
  readonly background: string;
  readonly defects: readonly string[];
  /** The part as SVG; `random` is at the same state for the normal part and for the one with a defect. */
  draw(random: Random, defect: string | undefined): string;
}

function pose(random: Random, turn: number): Pose {
  return {
    x: random.between(-3, 3),
    y: random.between(-3, 3),
    angle: random.between(-turn, turn),
    scale: random.between(0.97, 1.03),
    shade: random.between(0.93, 1.07),
  };
}

function place({ x, y, angle, scale }: Pose, content: string): string {
  const [dx, dy, turn, size] = [x, y, angle, scale].map((value) => value.toFixed(3));
  return `<g transform="translate(${dx} ${dy}) rotate(${turn}) scale(${size})">${content}</g>`;
}

function grey(level: number, shade: number, tint: readonly [number, number, number] = [1, 1, 1]): string {
  return `rgb(${tint.map((share) => Math.round(Math.min(255, level * shade * share))).join(',')})`;
}

function polar(radius: number, degrees: number): readonly [x: number, y: number] {
  const angle = (degrees * Math.PI) / 180;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
}

function points(list: readonly (readonly [number, number])[]): string {
  return list.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ');
}

/** A soft-edged irregular spot. */
function blotch(random: Random, [x, y]: readonly [number, number], radius: number, colour: string): string {
  const spots = Array.from({ length: 7 }, () => {
    const [dx, dy] = polar(random.between(0, radius * 0.6), random.between(0, 360));
    const size = random.between(0.35, 0.6) * radius;
    return `<circle cx="${(x + dx).toFixed(2)}" cy="${(y + dy).toFixed(2)}" r="${size.toFixed(2)}" fill="${colour}"/>`;
  });
  return `<g opacity="0.85">${spots.join('')}</g>`;
}

/** A jagged line. */
function crack(
  random: Random,
  from: readonly [number, number],
  to: readonly [number, number],
  width: number,
  colour: string,
): string {
  const steps = 6;
  const line = Array.from({ length: steps + 1 }, (_, step): readonly [number, number] => {
    const share = step / steps;
    const wobble = step === 0 || step === steps ? 0 : random.between(-3, 3);
    return [from[0] + (to[0] - from[0]) * share + wobble, from[1] + (to[1] - from[1]) * share - wobble];
  });
  const style = `fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"`;
  return `<polyline points="${points(line)}" ${style}/>`;
}

const TEETH = 14;

function gearOutline(broken: number | undefined): string {
  const pitch = 360 / TEETH;
  const outline = Array.from({ length: TEETH }, (_, tooth) => {
    const at = tooth * pitch;
    const tip = tooth === broken ? 66 : 82;
    return [polar(66, at - 8), polar(tip, at - 5), polar(tip, at + 5), polar(66, at + 8)];
  });
  return points(outline.flat());
}

const gear: Part = {
  name: 'gear',
  background: 'rgb(42,44,50)',
  defects: ['broken_tooth', 'rust', 'scratch'],
  draw(random, defect) {
    const lie = pose(random, 180);
    const metal = grey(168, lie.shade, [1, 1.01, 1.05]);
    const broken = defect === 'broken_tooth' ? random.integer(0, TEETH - 1) : undefined;
    const holes = [45, 135, 225, 315].map((angle) => {
      const [x, y] = polar(40, angle);
      return `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="9" fill="${gear.background}"/>`;
    });
    const body = [
      `<polygon points="${gearOutline(broken)}" fill="${metal}"/>`,
      `<circle r="58" fill="none" stroke="${grey(140, lie.shade)}" stroke-width="2.5"/>`,
      ...holes,
      `<circle r="18" fill="${gear.background}"/><circle r="23" fill="none" stroke="${grey(205, lie.shade)}" stroke-width="3"/>`,
    ];
    if (defect === 'rust') {
      body.push(
        blotch(random, polar(random.between(30, 60), random.between(0, 360)), random.between(11, 16), 'rgb(128,70,38)'),
      );
    } else if (defect === 'scratch') {
      const angle = random.between(0, 360);
      const [from, to] = [polar(random.between(26, 34), angle), polar(64, angle + random.between(25, 60))];
      body.push(crack(random, from, to, random.between(2.5, 3.5), grey(240, 1)));
    }
    return place(lie, body.join(''));
  },
};

const washer: Part = {
  name: 'washer',
  background: 'rgb(188,182,170)',
  defects: ['contamination', 'crack', 'dent'],
  draw(random, defect) {
    const lie = pose(random, 180);
    const brass = (level: number): string => grey(level, lie.shade, [1, 0.84, 0.45]);
    const body = [
      `<circle r="78" fill="${brass(200)}"/><circle r="71" fill="${brass(226)}"/>`,
      `<circle r="44" fill="${brass(196)}"/><circle r="38" fill="${washer.background}"/>`,
    ];
    const angle = random.between(0, 360);
    if (defect === 'crack') {
      const to = polar(78, angle + random.between(-14, 14));
      body.push(crack(random, polar(38, angle), to, random.between(3, 4.5), 'rgb(58,42,22)'));
    } else if (defect === 'dent') {
      const [x, y] = polar(random.between(52, 64), angle);
      const size = `rx="${random.between(9, 13).toFixed(2)}" ry="${random.between(6, 9).toFixed(2)}"`;
      const turn = `rotate(${random.between(0, 180).toFixed(1)} ${x.toFixed(2)} ${y.toFixed(2)})`;
      const oval = `cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" ${size} transform="${turn}"`;
      body.push(`<ellipse ${oval} fill="${brass(142)}" stroke="${brass(250)}" stroke-width="2.5"/>`);
    } else if (defect === 'contamination') {
      body.push(blotch(random, polar(random.between(50, 66), angle), random.between(9, 14), 'rgb(36,58,96)'));
    }
    return place(lie, body.join(''));
  },
};

const CHIPS: readonly (readonly [x: number, y: number, width: number, height: number])[] = [
  [-62, -46, 44, 34],
  [14, -56, 52, 26],
  [-58, 22, 30, 38],
  [10, 20, 40, 40],
];

const TRACES = [-12, -4, 4, 12];

function chip([x, y, width, height]: readonly [number, number, number, number], shade: number): string {
  const pins = Array.from({ length: Math.floor(width / 8) }, (_, pin) => {
    const at = x + 4 + pin * 8;
    return `<rect x="${at}" y="${y - 4}" width="4" height="${height + 8}" fill="${grey(200, shade)}"/>`;
  });
  return `${pins.join('')}<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="2" fill="${grey(52, shade)}"/>`;
}

const board: Part = {
  name: 'board',
  background: 'rgb(70,66,62)',
  defects: ['missing_chip', 'scorch', 'solder_bridge'],
  draw(random, defect) {
    const lie = pose(random, 4);
    const copper = grey(196, lie.shade, [1, 0.74, 0.38]);
    const missing = defect === 'missing_chip' ? random.integer(0, CHIPS.length - 1) : -1;
    const body = [
      `<rect x="-82" y="-76" width="164" height="152" rx="6" fill="${grey(110, lie.shade, [0.2, 1, 0.45])}"/>`,
      ...TRACES.map((y) => `<rect x="-74" y="${y - 1.5}" width="148" height="3" fill="${copper}"/>`),
      ...[66, 58].map((x) => `<rect x="${x}" y="-68" width="3" height="136" fill="${copper}"/>`),
      ...CHIPS.map((shape, index) => (index === missing ? '' : chip(shape, lie.shade))),
    ];
    if (defect === 'solder_bridge') {
      const x = random.between(-60, 44);
      const y = TRACES[random.integer(0, 2)] ?? 0;
      const width = random.between(7, 12);
      body.push(
        `<rect x="${x.toFixed(2)}" y="${y - 2}" width="${width.toFixed(2)}" height="12" rx="3" fill="${grey(222, lie.shade)}"/>`,
      );
    } else if (defect === 'scorch') {
      const at = [random.between(-60, 50), random.between(-62, 62)] as const;
      body.push(blotch(random, at, random.between(12, 18), 'rgb(30,20,14)'));
    }
    return place(lie, body.join(''));
  },
};

/** The parts of the demo. */
export const PARTS: readonly Part[] = [board, gear, washer];
