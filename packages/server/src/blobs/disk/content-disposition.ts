/** `Content-Disposition` for saving under this name (RFC 6266): the name in UTF-8 (RFC 5987), and an ASCII likeness for what does not read that. */
export function attachment(filename: string): string {
  const likeness = filename
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/["\\%]/g, '_');
  const exact = encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${likeness}"; filename*=UTF-8''${exact}`;
}
