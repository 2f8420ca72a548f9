import type { z } from 'zod';

/** A rejected body's first problem in Anthropic's words: `messages.0.role: Invalid input`. */
export function validationMessage({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return 'Invalid request';
  const missing = issue.code === 'invalid_type' && issue.message.endsWith('received undefined');
  return `${issue.path.join('.') || 'body'}: ${missing ? 'Field required' : issue.message}`;
}
