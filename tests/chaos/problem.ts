/** What a checker can find wrong. */
export type Rule =
  /** A viewer was not given an event that is in the log. */
  | 'lost'
  /** A viewer was given an event twice. */
  | 'doubled'
  /** A viewer was given an event after one that follows it. */
  | 'order'
  /** What a viewer was given differs from the log. */
  | 'changed'
  /** A delta says something else than the durable text at its place. */
  | 'delta text'
  /** A delta does not follow the one before it. */
  | 'delta gap'
  /** A delta was given again. */
  | 'delta doubled'
  /** A delta came after the durable event of its block. */
  | 'delta late'
  /** With nothing wrong beneath, the deltas of a block were not all of it. */
  | 'delta incomplete'
  /** A screen that was drawn live differs from one drawn from the log. */
  | 'screen'
  /** A prompt that was sent is not in the log, and nobody was told. */
  | 'prompt lost'
  | 'prompt doubled'
  /** A prompt without exactly one turn, one result, one completion, in this order. */
  | 'turn'
  /** Two turns at a time. */
  | 'overlap'
  /** A turn that nothing disturbed failed, or a failure without a reason. */
  | 'failed'
  /** The text of an answer is not what the model said. */
  | 'text'
  /** A question without exactly one request and one answer. */
  | 'answer'
  /** What an answer decided did not happen so. */
  | 'effect'
  /** Something was done twice. */
  | 'run twice'
  /** The log's own numbers have a hole, or the database says otherwise than the API. */
  | 'log'
  /** The session did not come to its end. */
  | 'stuck'
  /** A frame that breaks the contract. */
  | 'frame'
  /** Something is left behind. */
  | 'remains';

export interface Problem {
  readonly rule: Rule;
  /** The session or the place. */
  readonly where: string;
  readonly what: string;
  /** How many events it is about. */
  readonly count: number;
}

/** Collects what is wrong in one place. */
export class Findings {
  readonly problems: Problem[] = [];
  readonly #where: string;

  constructor(where: string) {
    this.#where = where;
  }

  add(rule: Rule, what: string, count = 1): void {
    this.problems.push({ rule, where: this.#where, what, count });
  }
}
