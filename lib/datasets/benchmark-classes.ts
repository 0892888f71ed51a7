/** The classes of benchmarks whose layout people use for sets of their own too, in the order of the papers. */

const names = (text: string): readonly string[] => text.split(' ');

export const MVTEC_AD = names(
  'bottle cable capsule carpet grid hazelnut leather metal_nut pill screw tile toothbrush transistor wood zipper',
);

export const MVTEC_AD_2 = names('can fabric fruit_jelly rice sheet_metal vial wallplugs walnuts');

export const VISA = names('candle capsules cashew chewinggum fryum macaroni1 macaroni2 pcb1 pcb2 pcb3 pcb4 pipe_fryum');
