import { describe, expect, it } from 'vitest';
import { Redaction } from './redaction.ts';

describe('of a remote server', () => {
  const redaction = new Redaction({
    type: 'http',
    url: 'https://user:pass%20word@example.com/mcp?api_key=query-secret&team=blue',
    headers: { Authorization: 'Bearer abc"def-123', 'X-Short': 'on' },
  });

  it.each([
    ['Bearer abc"def-123', '***'],
    ['token abc"def-123 is unknown', 'token *** is unknown'],
    ['https://user:pass%20word@example.com/mcp?api_key=query-secret', 'https://user:***@example.com/mcp?api_key=***'],
    ['the light is on', 'the light is on'],
    ['team=blue', 'team=blue'],
  ])('%s', (text, hidden) => expect(redaction.text(text)).toBe(hidden));

  it('finds a header in what a tool answers, also where JSON writes it otherwise', () => {
    expect(redaction.value({ content: [{ type: 'text', text: 'you sent Bearer abc"def-123' }] })).toEqual({
      content: [{ type: 'text', text: 'you sent ***' }],
    });
  });
});

describe('of a program', () => {
  const redaction = new Redaction({
    type: 'stdio',
    command: 'x',
    env: { API_TOKEN: 'env-secret-1', BASE_URL: 'https://tickets.example.com' },
  });

  it('hides every variable in an error', () => {
    expect(redaction.text('cannot reach https://tickets.example.com with env-secret-1')).toBe('cannot reach *** with ***');
  });

  it('leaves plain settings in what a tool answers', () => {
    const answer = { text: 'https://tickets.example.com/7', env: { API_TOKEN: 'env-secret-1' } };
    expect(redaction.value(answer)).toEqual({ text: 'https://tickets.example.com/7', env: { API_TOKEN: '***' } });
  });
});
