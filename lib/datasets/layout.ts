/** What a benchmark layout is: one file each, listed in layouts.ts. */
import type { DinomalyErrorCode } from '../errors.js';
import type { Folders } from './files.js';
import type { Sample } from './types.js';

/** Takes note of something that keeps a picture from being used; in a strict reading it throws, so nothing follows. */
export type Report = (code: DinomalyErrorCode, path: string, message: string) => void;

/** What a layout reads with. */
export interface ReadContext {
  readonly folders: Folders;
  readonly report: Report;
}

/** What the folders of a class were taken for: numbers of pictures by the folder's path inside the class, `.` for itself. */
export interface Understood {
  readonly good: ReadonlyMap<string, number>;
  readonly bad: ReadonlyMap<string, number>;
  readonly unread: ReadonlyMap<string, number>;
  /** Files that are not pictures, by their extension. */
  readonly others: ReadonlyMap<string, number>;
}

/** Pictures of one class, in any order. */
export interface ClassSamples {
  readonly samples: readonly Sample[];
  /** False when the set says nothing of splits; all its samples are then of `'test'`, and a split is drawn. */
  readonly hasSplit: boolean;
  /** Where the reading differs from the authors', in sentences. */
  readonly notes?: readonly string[];
  /** Told in one sentence for all classes. Default: nothing, of a layout that leaves no choice. */
  readonly understood?: Understood;
}

/** A class as a layout finds it. */
export interface FoundClass {
  readonly name: string;
  /** Folder that splits know the class's pictures by: moving it changes no split. */
  readonly path: string;
  read(context: ReadContext): Promise<ClassSamples>;
}

/** One benchmark layout. */
export interface Layout<Format extends string = string> {
  readonly format: Format;
  /** What the layout looks like, for the message when a root fits none. */
  readonly shape: string;
  /** The layout that this one is a special case of: where both fit, this one is meant. */
  readonly refines?: string;
  /** Classes under `root`, or the root itself as the only class; empty when the root is not of this layout. */
  find(root: string, context: ReadContext): Promise<FoundClass[]>;
  /** As `find`, but asked only where no layout fits. */
  readonly guess?: (root: string, context: ReadContext) => Promise<FoundClass[]>;
}
