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

/** Half the length of the capsule's straight part, and the radius of its ends. */
const CAPSULE = { half: 42, radius: 36 };

const capsule: Part = {
  name: 'capsule',
  background: 'rgb(52,54,60)',
  defects: ['burn', 'crack', 'stain'],
  draw(random, defect) {
    const lie = pose(random, 180);
    const { half, radius } = CAPSULE;
    const [cap, body] = [grey(228, lie.shade, [1, 0.97, 0.86]), grey(150, lie.shade, [0.9, 0.97, 1])];
    const shell = (sign: number, colour: string): string =>
      `<circle cx="${sign * half}" r="${radius}" fill="${colour}"/>` +
      `<rect x="${sign < 0 ? -half : 0}" y="${-radius}" width="${half}" height="${2 * radius}" fill="${colour}"/>`;
    const halves = [shell(-1, cap), shell(1, body)];
    const x = random.between(-half - 8, half + 8);
    const y = random.between(-0.5, 0.5) * radius;
    if (defect === 'crack') {
      halves.push(crack(random, [x - 6, -radius], [x + 6, radius], random.between(3, 4.5), 'rgb(40,34,30)'));
    } else if (defect === 'burn') {
      halves.push(
        `<circle cx="${x.toFixed(2)}" cy="${y.toFixed(2)}" r="${random.between(8, 12).toFixed(2)}" fill="rgb(196,70,30)"/>`,
      );
    } else if (defect === 'stain') {
      halves.push(blotch(random, [x, y], random.between(10, 15), 'rgb(40,130,70)'));
    }
    return place(lie, halves.join(''));
  },
};

/** Half the side of the tile. */
const TILE = 80;

const tile: Part = {
  name: 'tile',
  background: 'rgb(96,90,86)',
  defects: ['chip', 'crack', 'stain'],
  draw(random, defect) {
    const lie = pose(random, 5);
    const glaze = (level: number): string => grey(level, lie.shade, [1, 0.97, 0.92]);
    const square = (half: number, colour: string): string =>
      `<rect x="${-half}" y="${-half}" width="${2 * half}" height="${2 * half}" fill="${colour}"/>`;
    const body = [square(TILE, glaze(176)), square(TILE - 8, glaze(206))];
    const [x, y] = [random.between(-56, 56), random.between(-56, 56)];
    if (defect === 'chip') {
      const side = random.integer(0, 3) * 90;
      const spot = blotch(random, [TILE - 4, y], random.between(14, 18), 'rgb(176,96,62)');
      body.push(`<g transform="rotate(${side})">${spot}</g>`);
    } else if (defect === 'crack') {
      body.push(
        crack(
          random,
          [x, -TILE],
          [x + random.between(-30, 30), random.between(-10, TILE)],
          random.between(3, 4.5),
          'rgb(44,40,38)',
        ),
      );
    } else if (defect === 'stain') {
      body.push(blotch(random, [x, y], random.between(10, 15), 'rgb(150,60,110)'));
    }
    return place(lie, body.join(''));
  },
};

/** The parts of the demo. */
export const PARTS: readonly Part[] = [capsule, tile, washer];
