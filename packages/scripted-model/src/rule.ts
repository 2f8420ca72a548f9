import { z } from 'zod';
import { script } from './script.ts';

const ruleSource = z.strictObject({
  /** Source of a regular expression that is tried on the prompt; empty matches every prompt. */
  match: z.string(),
  /** A script, or the name of a built-in one. */
  script: z.union([z.string().min(1), script]),
});
/** A rule as it is written down. */
export type RuleSource = z.input<typeof ruleSource>;

const rulesSource = z.array(ruleSource);

export interface Rule {
  match: RegExp;
  script: z.infer<typeof ruleSource>['script'];
}

/** Throws a ZodError or a SyntaxError when a rule cannot be used. */
export function parseRules(sources: RuleSource[]): Rule[] {
  return rulesSource.parse(sources).map((source) => ({ match: new RegExp(source.match), script: source.script }));
}
