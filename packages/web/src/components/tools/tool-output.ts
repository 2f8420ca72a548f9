/** How a shell command ended, as Claude Code reports it: the first line of a failed one is "Exit code N". */
export interface BashOutcome {
  /** Undefined where it did not end by itself: timed out, interrupted, or refused. */
  readonly exitCode: number | undefined;
  readonly output: string;
}

export function bashOutcome(text: string, isError: boolean): BashOutcome {
  if (!isError) return { exitCode: 0, output: text };
  const [, code, output = ''] = /^(?:Error: )?Exit code (\d+)(?:\n([\s\S]*))?$/.exec(text) ?? [];
  return code === undefined ? { exitCode: undefined, output: text } : { exitCode: Number(code), output };
}

export interface NumberedLine {
  /** Undefined for what is not a line of the file, as a reminder at the end. */
  readonly number: number | undefined;
  readonly text: string;
}

/** The lines of a file as the Read tool gives them ("   12→text", in older versions with a tab); undefined for anything else. */
export function numberedLines(text: string): readonly NumberedLine[] | undefined {
  const lines = text.split('\n').map((line): NumberedLine => {
    const [, number, rest = ''] = /^\s*(\d+)[→\t](.*)$/.exec(line) ?? [];
    return number === undefined ? { number: undefined, text: line } : { number: Number(number), text: rest };
  });
  return lines[0]?.number === undefined ? undefined : lines;
}

/** Beyond this many characters JSON is shown as it came. */
const prettyLimit = 500_000;

/** JSON text with one field a line; undefined for what is not a JSON object or list. */
export function prettyJsonText(text: string): string | undefined {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || trimmed.length > prettyLimit) return undefined;
  try {
    return JSON.stringify(JSON.parse(trimmed), null, 2);
  } catch {
    return undefined;
  }
}

const handBack = /^[\s\S]*?\[Subagent hand-back\][^\n]*The report follows:\n/;
const handBackEnd = /\n?agentId: \S+(\n<usage>[\s\S]*<\/usage>)?\s*$/;

/**
 * What a subagent has reported, without what Claude Code 2.1.330 puts around it for the model: a preface that ends in "The report
 * follows:", an indentation of two spaces, and the agent's id and usage at the end. Another text is given as it is.
 */
export function subagentReport(text: string): string {
  const report = text.replace(handBackEnd, '');
  return handBack.test(report) ? report.replace(handBack, '').replaceAll(/^ {2}/gm, '') : report;
}
