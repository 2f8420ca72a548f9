import type { RuleSource } from '../rule.ts';

/** The rules of `npm start -- --demo`: every prompt plays the demo. */
export const demoRules: RuleSource[] = [{ match: '', script: 'demo' }];
