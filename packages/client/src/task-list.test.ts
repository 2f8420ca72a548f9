import { expect, test } from 'vitest';
import { type TaskList, tasksAfter } from './task-list.ts';

const result = (content: string, isError = false) => ({ content, isError, at: '2026-01-01T00:00:00.000Z' });
type Call = readonly [name: string, input: unknown, said: string];
const after = (...calls: Call[]) =>
  calls.reduce<TaskList>((tasks, [name, input, said]) => tasksAfter(tasks, { name, input }, result(said)) ?? tasks, []);
const told = (tasks: TaskList) => tasks.map(({ id, status, subject, doing }) => [id, status, doing ?? subject].join(' '));

const look: Call = ['TaskCreate', { subject: 'Look', description: 'd', activeForm: 'Looking' }, 'Task #1 created successfully: Look'];
const write: Call = ['TaskCreate', { subject: 'Write', description: 'd' }, 'Task #2 created successfully: Write'];

test('tasks are created, begun, renamed, finished and deleted', () => {
  expect(told(after(look, write))).toEqual(['1 pending Looking', '2 pending Write']);
  const begun: Call = ['TaskUpdate', { taskId: '1', status: 'in_progress' }, 'Updated task #1 status'];
  const renamed: Call = ['TaskUpdate', { taskId: '2', subject: 'Write it up', status: 'completed' }, 'Updated task #2 subject, status'];
  expect(told(after(look, write, begun, renamed))).toEqual(['1 in_progress Looking', '2 completed Write it up']);
  expect(told(after(look, write, ['TaskUpdate', { taskId: '1', status: 'deleted' }, 'Updated task #1 deleted']))).toEqual([
    '2 pending Write',
  ]);
});

test('a list that is told is the truth, what was known of its tasks stays', () => {
  const said = '#1 [completed] Look\n#7 [in_progress] From a subagent\nand something else';
  expect(told(after(look, write, ['TaskList', {}, said]))).toEqual(['1 completed Looking', '7 in_progress From a subagent']);
  expect(after(look, ['TaskList', {}, 'No tasks found']).length).toBe(0);
});

test('TodoWrite writes the list whole, whatever the model has put into it', () => {
  const todos = [{ content: 'Do it', status: 'completed', activeForm: 'Doing it' }, { content: 3, status: 'odd' }, null];
  expect(told(after(look, ['TodoWrite', { todos }, 'ok']))).toEqual(['1 completed Doing it', '2 pending ', '3 pending ']);
  expect(after(['TodoWrite', 'no list', 'ok'])).toEqual([]);
});

test('a call that failed changes nothing, nor does another tool', () => {
  expect(tasksAfter([], { name: 'TaskCreate', input: { subject: 'Look' } }, result('No such tool', true))).toBeUndefined();
  expect(tasksAfter([], { name: 'Bash', input: {} }, result('ok'))).toBeUndefined();
});
