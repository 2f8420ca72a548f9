import { readableScript } from './readable-script.ts';

const invitation = `
### Your turn

| Say | and you will see |
|---|---|
| \`read\` | a tool that runs without asking |
| \`write\` | a command that waits for your approval |
| \`ask\` | a question with choices to click |
| \`stream\` | a long answer: headings, a list, a table, code |
| \`fail\` | an API error, shown as it is |
| \`retry\` | an API error that passes by itself |
| \`help\` | this list again |

To talk to the real Claude, start without \`--demo\` and add an Anthropic API key or a Claude subscription.`;

/** The first prompt of a demo: looks around, writes a file with the user's approval, reads it back. */
export const tour = readableScript([
  {
    text: [
      '# Welcome\n\n',
      'Let me be plain: **I am a scripted model, not Claude.** My words come from a file, whatever you type. ',
      'Everything around me is real: the real **Claude Code** runs in a sandbox of its own, ',
      'it carries out the tools I name, and it asks you before it changes anything.\n\n',
      'First a look around. Listing files changes nothing, so nobody needs to approve it.',
    ].join(''),
    tools: [{ name: 'Bash', input: { command: 'ls -la', description: 'List the workspace' } }],
  },
  {
    text: [
      'This is what `ls -la` said in your workspace:\n\n````text\n{{last_tool_result}}\n````\n\n',
      'Now I would like to run a **command that changes something**. That is your decision: allow it or deny it, both are fine. ',
      '(If the session’s permission mode allows everything, nobody asks.)',
    ].join(''),
    tools: [{ name: 'Bash', input: { command: 'date > started.txt && cat started.txt', description: 'Note when we started' } }],
    on_tool_error: {
      text: `The listing did not work:\n\n\`\`\`\`text\n{{last_tool_result}}\n\`\`\`\`\n\nThat is what a failed tool looks like.\n${invitation}`,
    },
  },
  {
    text: 'You allowed it, and it said: `{{last_tool_result}}`\n\nNext I **write a file**. Where the permission mode allows edits in the workspace, as the default does, nobody asks.',
    tools: [
      {
        name: 'Write',
        input: { file_path: '{{cwd}}/hello.md', content: '# Hello\n\nWritten by the scripted model, carried out by Claude Code.\n' },
      },
    ],
    on_tool_error: {
      text: [
        'The command was **not run**. Claude Code gave me this instead of a result:\n\n````text\n{{last_tool_result}}\n````\n\n',
        'A denied tool is no accident: a model reads the refusal and goes on without it. So I go on: I **write a file** instead.',
      ].join(''),
      tools: [
        {
          name: 'Write',
          input: { file_path: '{{cwd}}/hello.md', content: '# Hello\n\nWritten by the scripted model, carried out by Claude Code.\n' },
        },
      ],
    },
  },
  {
    text: `The file is written: you find \`hello.md\` among the session’s files.\n${invitation}`,
    on_tool_error: { text: `The file was not written:\n\n\`\`\`\`text\n{{last_tool_result}}\n\`\`\`\`\n${invitation}` },
  },
]);
