import { expect, test } from 'vitest';
import { answersOf, leftToClaude, noChoice, toggled, withText } from './question-answers.ts';

const options = ['A', 'B', 'C'].map((label) => ({ label, description: '' }));
const one = { question: 'Which?', header: 'Which', options, multi_select: false };
const many = { question: 'What all?', header: 'All', options, multi_select: true };

test('one answer: an option and a text take each other’s place', () => {
  const chosen = toggled(toggled(noChoice, 'A', false), 'B', false);
  expect(answersOf([one], [chosen])).toEqual({ 'Which?': 'B' });
  const typed = withText(chosen, ' mine ', false);
  expect(answersOf([one], [typed])).toEqual({ 'Which?': 'mine' });
  expect(answersOf([one], [toggled(typed, 'C', false)])).toEqual({ 'Which?': 'C' });
});

test('several answers: in the order of the options, the text last', () => {
  const chosen = ['C', 'A', 'B', 'B'].reduce((choice, label) => toggled(choice, label, true), noChoice);
  expect(answersOf([many], [withText(chosen, 'and mine', true)])).toEqual({ 'What all?': 'A, C, and mine' });
});

test('nothing is sent while an answer is missing', () => {
  expect(answersOf([one, many], [toggled(noChoice, 'A', false), noChoice])).toBeUndefined();
  expect(answersOf([one], [withText(noChoice, '  ', false)])).toBeUndefined();
});

test('what is left to Claude is an answer to each question', () => {
  expect(Object.keys(leftToClaude([one, many]))).toEqual(['Which?', 'What all?']);
});
