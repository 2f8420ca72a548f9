/** The longest name of a file that Linux file systems take, in bytes of UTF-8. */
export const fileNameBytes = 255;

const substitute = 'file';
/** An extension longer than this is part of the name. */
const extensionLength = 32;
/** Controls, line separators, and what turns or hides text without being seen: a name has to be what it looks like. */
const unseen = /[\p{Cc}\u{2028}\u{2029}\u{200b}\u{200e}\u{200f}\u{61c}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}]/gu;
const encoder = new TextEncoder();

/**
 * Any text as one safe segment of a path: the part after the last slash or backslash, in NFC, without control characters,
 * at most 255 bytes of UTF-8; never empty, `.`, `..`, or an option to a program (a leading `-` becomes `_`). A name that is safe stays as it is.
 */
export function safeFileName(given: string): string {
  const segment = given.toWellFormed().split(/[/\\]/).at(-1) ?? '';
  const name = segment.replace(unseen, '').normalize('NFC').trim().replace(/^-/, '_');
  return name === '' || name === '.' || name === '..' ? substitute : fileNameVariant(name, 1);
}

/** The name for the `number`th file of this name: `a.txt`, `a (2).txt`, `a (3).txt` … Cut before the extension where it would be over 255 bytes. */
export function fileNameVariant(name: string, number: number): string {
  const extension = extensionOf(name);
  const mark = number === 1 ? '' : ` (${number})`;
  const stem = name.slice(0, name.length - extension.length);
  const room = fileNameBytes - encoder.encode(mark + extension).length;
  return `${encoder.encode(stem).length <= room ? stem : cut(stem, room)}${mark}${extension}`;
}

function extensionOf(name: string): string {
  const [extension = ''] = /(?<=.)(\.tar)?\.[^.\s]+$/u.exec(name) ?? [];
  return extension.length > extensionLength ? '' : extension;
}

/** The text's beginning that fits, without half a character or a space at its end. */
function cut(text: string, room: number): string {
  let end = 0;
  let size = 0;
  for (const character of text) {
    size += encoder.encode(character).length;
    if (size > room) break;
    end += character.length;
  }
  return text.slice(0, end).trimEnd();
}
