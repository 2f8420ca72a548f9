import type { Question } from '@ai-sessions/protocol';
import { z } from 'zod';

export const QUESTION_TOOL = 'AskUserQuestion';

const inputSchema = z.looseObject({
  questions: z.array(
    z.looseObject({
      question: z.string(),
      header: z.string().default(''),
      multiSelect: z.boolean().default(false),
      options: z.array(z.looseObject({ label: z.string(), description: z.string().default('') })).default([]),
    }),
  ),
});

/** The questions in an AskUserQuestion call as the contract has them; undefined if it holds none. */
export function questionsOf(input: unknown): Question[] | undefined {
  const parsed = inputSchema.safeParse(input);
  if (!parsed.success || parsed.data.questions.length === 0) return undefined;
  return parsed.data.questions.map(({ question, header, multiSelect, options }) => ({
    question,
    header,
    options: options.map(({ label, description }) => ({ label, description })),
    multi_select: multiSelect,
  }));
}

/** The call's input with its answers, which may be keyed by the question's text or by its header. */
export function answeredInput(
  input: Readonly<Record<string, unknown>>,
  answers: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const questions = questionsOf(input) ?? [];
  const given = questions.flatMap(({ question, header }) => {
    const answer = Object.hasOwn(answers, question) ? answers[question] : Object.hasOwn(answers, header) ? answers[header] : undefined;
    return answer === undefined ? [] : [[question, answer] as const];
  });
  return { ...input, answers: Object.fromEntries(given) };
}
