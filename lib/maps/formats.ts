/** The words for kinds of map files. They import nothing: the command line names them before it loads what writes maps. */

/** All of `MapFormat`. */
export const MAP_FORMATS = ['png16', 'tiff', 'tiff16', 'npy', 'mask'] as const;

/** All of `MapLayout`. */
export const MAP_LAYOUTS = ['mvtec', 'mvtec-ad-2'] as const;
