/** Text that others chose, such as the names of files and classes, as a person may see it. Imports nothing. */

/** Control characters, line ends of Unicode, and marks that turn the direction of writing. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

function written(character: string): string {
  return character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** One line: what a terminal would obey, and what would hide other text, is written out. */
export function visible(text: string): string {
  return text.replace(UNSEEN, written);
}

/** The same of lines that belong together. Of JSON it is the same JSON. */
export function visibleLines(text: string): string {
  return text.replace(UNSEEN, (character) => (character === '\n' ? character : written(character)));
}

const MOST = 4000;
const HEAD = 60;
const TAIL = 19;
/** The longest name of a file on any file system: a longer word is not one. */
const LONGEST_WORD = 255;

/** A value as a message has it: its ends. */
export function cut(value: string): string {
  return value.length > HEAD + TAIL + 1 ? `${value.slice(0, HEAD)}…${value.slice(-TAIL)}` : value;
}

/**
 * A message of a length that can be read: a word longer than any name of a file becomes 80 characters, and a message that is
 * still too long loses its middle.
 */
export function shorten(message: string): string {
  if (message.length <= LONGEST_WORD) {
    return message;
  }
  // A path is many names: each is a word.
  const short = message.replace(/[^\s/\\]+/g, (word) => (word.length > LONGEST_WORD ? cut(word) : word));
  return short.length > MOST ? `${short.slice(0, MOST / 2)}…${short.slice(-MOST / 2)}` : short;
}
