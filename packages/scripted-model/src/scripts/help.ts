import { readableScript } from './readable-script.ts';

/** What the demo understands. */
export const help = readableScript([
  {
    text: [
      'I am a scripted model; these are the words I know:\n\n',
      '- `read`: runs `ls -la`, which needs no approval\n',
      '- `write`: runs a command that needs your approval\n',
      '- `ask`: asks you a question with choices\n',
      '- `stream`: a long answer with headings, a list, a table and code\n',
      '- `fail`: the API refuses, and you see how\n',
      '- `retry`: the API is overloaded twice, then answers\n',
      '- `help`: this list\n\n',
      'You can also write your own: a line `!script {"steps":[{"text":"Hi"}]}` plays that script.',
    ].join(''),
  },
]);
