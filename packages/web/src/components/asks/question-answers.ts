import type { Question } from '@ai-sessions/protocol';

/** What is chosen for one question: labels of its options, and text of the user's own. */
export interface Choice {
  readonly labels: readonly string[];
  readonly text: string;
}

export const noChoice: Choice = { labels: [], text: '' };

/** The choice after an option was clicked: with one answer allowed it takes the place of the other and of the text. */
export function toggled(choice: Choice, label: string, multiple: boolean): Choice {
  if (!multiple) return { labels: [label], text: '' };
  const labels = choice.labels.includes(label) ? choice.labels.filter((other) => other !== label) : [...choice.labels, label];
  return { ...choice, labels };
}

export function withText(choice: Choice, text: string, multiple: boolean): Choice {
  return { labels: multiple || text === '' ? choice.labels : [], text };
}

/** The answers by question text, several labels joined by a comma; undefined while one is missing. */
export function answersOf(questions: readonly Question[], choices: readonly Choice[]): Record<string, string> | undefined {
  const answers: Record<string, string> = {};
  for (const [index, question] of questions.entries()) {
    const { labels, text } = choices[index] ?? noChoice;
    const inOrder = question.options.map((option) => option.label).filter((label) => labels.includes(label));
    const parts = text.trim() === '' ? inOrder : [...inOrder, text.trim()];
    if (parts.length === 0) return undefined;
    answers[question.question] = parts.join(', ');
  }
  return answers;
}

/** What Claude is told by those who would rather not choose. */
export function leftToClaude(questions: readonly Question[]): Record<string, string> {
  return Object.fromEntries(questions.map(({ question }) => [question, 'No preference. Decide yourself.']));
}
