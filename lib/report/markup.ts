/** Text put into HTML and SVG: whatever a file or a class is called, it stays text. */

/** Markup that is safe as it stands. */
export class Markup {
  readonly text: string;

  /** @param text - markup; anything that came from outside has been escaped */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text is escaped, markup is not, null leaves nothing. */
export type Piece = string | number | Markup | readonly Markup[] | null;

/** What neither HTML nor XML may hold, and what turns the reading direction over so that a name looks like another. */
const UNSHOWN = /[^\P{Cc}\t\n\r]|\p{Noncharacter_Code_Point}|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text for an element or a quoted attribute of HTML or XML; what must not be in it becomes U+FFFD. */
export function escapeMarkup(text: string): string {
  return text.replaceAll(UNSHOWN, '\u{fffd}').replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function render(piece: Piece): string {
  if (piece === null) {
    return '';
  }
  if (piece instanceof Markup) {
    return piece.text;
  }
  return typeof piece === 'object' ? piece.map(({ text }) => text).join('\n') : escapeMarkup(String(piece));
}

/** A template whose values are escaped. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(strings.map((part, at) => part + (at < pieces.length ? render(pieces[at] ?? null) : '')).join(''));
}

/** A coordinate of a drawing: a tenth of a unit is finer than a pixel. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
