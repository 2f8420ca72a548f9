import { expect, test } from 'vitest';
import { toolSummary } from './tool-summary.ts';

test.each([
  ['Bash', { command: 'cat <<X\nhello\nX' }, 'Bash', 'cat <<X …'],
  ['Read', { file_path: '/workspace/src/a.ts' }, 'Read', 'src/a.ts'],
  ['Edit', { file_path: '/etc/hosts' }, 'Edit', '/etc/hosts'],
  ['Grep', { pattern: 'TODO', path: '/workspace/src' }, 'Grep', 'TODO  in src'],
  ['Agent', { description: 'Check logs', subagent_type: 'explorer' }, 'explorer', 'Check logs'],
  ['mcp__lime_charlie__get_sensor', { sid: 'abc' }, 'lime_charlie › get_sensor', '{"sid":"abc"}'],
  [
    'TodoWrite',
    {
      todos: [
        { content: 'a', status: 'completed' },
        { content: 'b', status: 'in_progress' },
      ],
    },
    'Tasks',
    '1 of 2 done · b',
  ],
  ['Bash', { command: 42 }, 'Bash', ''],
  ['Bash', null, 'Bash', ''],
  ['Unknown', 'text', 'Unknown', ''],
  ['Unknown', {}, 'Unknown', ''],
])('%s of %j', (name, input, title, detail) => {
  expect(toolSummary(name, input)).toMatchObject({ title, detail });
});
