import { script, type Script, type ScriptSource } from '../script.ts';

type StepSource = ScriptSource['steps'][number];

/** A script whose text appears at a pace that can be read along: about 40 chunks a second. */
export function readableScript(steps: StepSource[]): Script {
  return script.parse({ steps: steps.map(readable) });
}

const pace = { chunk: 14, chunk_delay_ms: 25 };

function readable(step: StepSource): StepSource {
  const { on_tool_error: onToolError } = step;
  return { ...pace, ...step, ...(onToolError && { on_tool_error: { ...pace, ...onToolError } }) };
}
