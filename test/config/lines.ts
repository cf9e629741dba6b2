/** What the tests of config and catalog share: the line of a refusal, and how a line must look. */
import { expect } from 'chai';
import { Fault } from '../../src/errors.js';

/** The message of the Fault that a call throws. */
export function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof Fault) return well(error.message);
    throw error;
  }
  throw new Error('was not refused');
}

/** A line is one line, of a code and a remedy, in 200 characters. */
export function well(line: string): string {
  expect(line).to.match(/^KLV_[A-Z_]+ .+ — .+$/);
  expect(line.length, line).to.be.at.most(200);
  return line;
}
