/** A shell command that runs a Python program; arguments may follow it. */
export function python(program: string): string {
  return `python3 -c '${program.replaceAll("'", `'\\''`)}'`;
}
