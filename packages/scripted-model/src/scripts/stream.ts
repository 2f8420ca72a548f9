import { readableScript } from './readable-script.ts';

/** A long answer with everything that Markdown is used for. */
export const stream = readableScript([
  {
    thinking: 'The user wants to see a long answer arrive. I shall use a heading, a list, a table and code.',
    text: `## How a prompt travels

You typed one word, and it passed through quite a few hands:

1. The **browser** sent it over a WebSocket to the server.
2. The **server** wrote it down, so that nothing is lost if the connection breaks.
3. The **runner** gave it to Claude Code, which lives in a sandbox.
4. **Claude Code** asked the model – that is me – through a proxy that holds the key.
5. I answered in small pieces, and they travel all the way back as you read.

### Who knows what

| Part | sees your files | sees the API key | survives a restart |
|---|:---:|:---:|:---:|
| Browser | the ones you open | no | – |
| Server | no | encrypted | yes |
| Sandbox | yes | **no** | the workspace does |
| Model | what Claude Code shows it | no | – |

### A piece of code

\`\`\`typescript
/** Yields the pieces of a text, the way you are receiving this one. */
export function* pieces(text: string, size: number): Generator<string> {
  for (let start = 0; start < text.length; start += size) {
    yield text.slice(start, start + size);
  }
}
\`\`\`

> You can interrupt me at any moment. What has arrived by then stays.

- [x] a heading
- [x] a list
- [x] a table
- [x] code
- [ ] a thought of my own: for that you need the real Claude.
`,
  },
]);
