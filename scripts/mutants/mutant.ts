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
  readonly mutants: readonly Mutant[];
}

/** `by`: the first test that failed; none, and the mutant has survived. */
export interface Verdict {
  readonly id: number;
  readonly by?: string;
  /** Milliseconds of the test that took longest. */
  readonly slowest?: number;
  /** The test took too long, or the failure came from outside of it: perhaps of another mutant. */
  readonly stray?: true;
}
