/** A folder or file as segments below the workspace; empty for the workspace itself. */
export function segmentsOf(path: string): string[] {
  return path
    .replace(/^\/?workspace(?=\/|$)/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..');
}
