import { readableScript } from './readable-script.ts';

/** A tool that Claude Code runs without asking. */
export const read = readableScript([
  {
    text: 'Looking at the workspace.',
    tools: [{ name: 'Bash', input: { command: 'ls -la', description: 'List the workspace' } }],
  },
  {
    text: 'Your workspace holds:\n\n````text\n{{last_tool_result}}\n````',
    on_tool_error: { text: 'That did not work:\n\n````text\n{{last_tool_result}}\n````' },
  },
]);
