import { readableScript } from './readable-script.ts';

/** A command that needs an approval; goes on politely when it is denied. */
export const write = readableScript([
  {
    text: 'I would like to write the time into `hello.txt`. It is your decision.',
    tools: [
      { name: 'Bash', input: { command: 'date > hello.txt && cat hello.txt', description: 'Write the time into hello.txt and show it' } },
    ],
  },
  {
    text: 'Done: `hello.txt` now says\n\n````text\n{{last_tool_result}}\n````',
    on_tool_error: {
      text: 'Nothing was run. What I got instead of a result:\n\n````text\n{{last_tool_result}}\n````\n\nThat is all right.',
    },
  },
]);
