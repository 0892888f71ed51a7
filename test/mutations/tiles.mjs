// Faults in the tiles of large pictures, and in the pixels at a threshold.
import { ava, core } from './tests.mjs';

const LAYOUT = 'test/unit/tiles.test.ts';
const TILED = ava(
  'test/native/tiles.test.ts',
  'the map of a picture in tiles is that of its tiles cut out, weighted by the distance from their edges',
);

/** @type {import('./tests.mjs').Mutation[]} */
export const tiles = [
  {
    name: 'tile-weights-even',
    file: 'native/core/maps/tile_blend.cpp',
    text: 'return std::max(kLeastWeight, std::min(index + 0.5, static_cast<double>(tile_size) - 0.5 - index));',
    replacement: 'return std::max(kLeastWeight, index * 0 + 1);',
    breaks: 'tiles weigh the same up to their edges, and the map has a step there',
    test: core('between tiles that disagree the map goes over evenly from one to the other'),
  },
  {
    name: 'tile-score-of-whole-map',
    file: 'native/core/anomaly_map.cpp',
    text: 'counted == 0 ? flat.size(1) : std::min(counted, flat.size(1))',
    replacement: 'flat.size(1)',
    breaks: 'a defect weighs less the larger its picture is',
    test: core("the score of a map of tiles is that of the hottest pixels of one tile's worth"),
  },
  {
    name: 'tile-stride',
    file: 'native/core/preprocess.cpp',
    text: 'image.stride == 0 ? image.width * kChannels : image.stride',
    replacement: 'image.width * kChannels',
    breaks: 'the rows of a tile are read as if they lay one after the other',
    test: core('a part of a picture, viewed where it lies, is prepared as a copy of it, bit for bit'),
  },
  {
    name: 'tile-view-left',
    file: 'lib/tiled.ts',
    text: 'tile.top * stride + tile.left * channels',
    replacement: 'tile.top * stride',
    breaks: 'all tiles of a row show the first one',
    test: TILED,
  },
  {
    name: 'tile-crop-gap',
    file: 'lib/maps/tiles.ts',
    text: 'const step = seenOf(sides[axis], resize[axis], crop[axis]) - overlap[axis];',
    replacement: 'const step = sides[axis] - overlap[axis];',
    breaks: 'what the crop takes from tiles is seen by none',
    test: ava(
      LAYOUT,
      'neighbours share at least the overlap, and together see all but the edge that the crop takes from a tile',
    ),
  },
  {
    name: 'segmentation-at-threshold',
    file: 'native/core/metrics/segmentation.cpp',
    text: 'own.false_negatives += !found && anomalous ? 1 : 0;',
    replacement: 'own.false_negatives += !found ? 1 : 0;',
    breaks: 'normal pixels below the threshold count as missed',
    test: ava(
      'test/native/metrics.test.ts',
      'segF1 is the F1 of the pixels above the threshold that is given, as counting them gives it',
    ),
  },
];
