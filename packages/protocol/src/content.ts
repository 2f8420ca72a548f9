import { z } from 'zod';

/**
 * Content blocks as Claude Code reports them. Text, thinking and tool_use are the contract's; other kinds
 * (images, documents, server tools) pass through as they are.
 */
export const contentBlock = z.looseObject({ type: z.string() });
export type ContentBlock = z.infer<typeof contentBlock>;

export const question = z.strictObject({
  question: z.string(),
  header: z.string(),
  options: z.array(z.strictObject({ label: z.string(), description: z.string() })),
  multi_select: z.boolean(),
});
export type Question = z.infer<typeof question>;
