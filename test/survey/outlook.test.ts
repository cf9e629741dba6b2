/** What a user would lose if this failed: being told of what comes on top of an estimate. */
import { expect } from 'chai';
import { RESOURCES, reachable } from '../../src/resources/index.js';
import { FOLLOW } from '../../src/survey/outlook.js';

/** Nobody can say how many of these there are before what is above them has been read. */
const UNKNOWN = ['list members', 'segment members', 'flow messages', 'templates'];

describe('the outlook on a read', () => {
  it('knows of everything below a listing whether its size follows from that, or is not known', () => {
    const below = reachable(RESOURCES)
      .filter((resource) => !RESOURCES.includes(resource))
      .map(({ name }) => name);
    expect([...FOLLOW, ...UNKNOWN].sort()).to.deep.equal(below.sort());
  });
});
