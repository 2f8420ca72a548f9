import { readableScript } from './readable-script.ts';

/** Claude Code's own question tool, which the user answers by choosing. */
export const ask = readableScript([
  {
    text: 'I have two questions.',
    tools: [
      {
        name: 'AskUserQuestion',
        input: {
          questions: [
            {
              question: 'Which language shall the example be in?',
              header: 'Language',
              multiSelect: false,
              options: [
                { label: 'TypeScript', description: 'Typed, runs on Node' },
                { label: 'Python', description: 'Short, runs almost anywhere' },
                { label: 'Rust', description: 'Fast, takes longer to write' },
              ],
            },
            {
              question: 'What shall it have?',
              header: 'Extras',
              multiSelect: true,
              options: [
                { label: 'Tests', description: 'A test for every function' },
                { label: 'Comments', description: 'Why, not what' },
                { label: 'A README', description: 'One page' },
              ],
            },
          ],
        },
      },
    ],
  },
  {
    text: 'Thank you. Claude Code told me:\n\n> {{last_tool_result}}\n\nClaude would now set to work; I am only a script and stop here.',
    on_tool_error: { text: 'You would rather not answer; that is fine.\n\n> {{last_tool_result}}' },
  },
]);
