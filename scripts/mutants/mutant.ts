import type { Mutation } from './mutator.js';

/** A mutation of one module; the mutant with id 0 changes nothing. */
export interface Mutant extends Mutation {
  readonly id: number;
  readonly url: string;
}

/** What one worker is to do. */
export interface Batch {
  /** The address that all of our modules begin with. */
  readonly root: string;
  readonly tests: readonly string[];
  readonly timeout: number;
  /** Tests with this in their title are left out. */
  readonly without?: string;
  readonly mutants: readonly Mutant[];
}

/** `by`: the first test that failed; none, and the mutant has survived. */
export interface Verdict {
  readonly id: number;
  readonly by?: string;
  /** The failure came from outside the test: perhaps of a mutant before. */
  readonly stray?: true;
}
