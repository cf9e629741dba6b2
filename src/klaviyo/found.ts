/** What a walk looks for, and what it leaves. */
import type * as Bytes from './bytes.js';
import type { Names } from './names.js';

/** What is looked for in an object: members by their names. In an array: its elements, which have number 0. */
export interface Level {
  /** Of the bracket that such a value begins with. */
  readonly opens: typeof Bytes.BEGIN | typeof Bytes.OPENING;
  readonly names: Names;
  /** By number: where the value's place goes. */
  readonly slots: Int32Array;
  /** By number: what is looked for in the value. */
  readonly levels: readonly (Level | undefined)[];
  /** By number: the kinds that the value must be of; 0 for any. */
  readonly needs: Uint8Array;
  /** Other members are kept in a list. */
  readonly keepsOthers: boolean;
}

/** A member that is not looked for, and is kept nevertheless: where its name, without quotes, and its value stand. */
export interface Other {
  readonly object: number;
  readonly nameFrom: number;
  readonly nameTo: number;
  readonly from: number;
  to: number;
}

/** What a walk leaves. */
export interface Found {
  /** From `base + slot` on where a value begins and ends; zero before it is found. */
  index: Int32Array;
  base: number;
  /** What others are noted under. */
  object: number;
  others: Other[];
  /** Where values begin and end that are to be written as instants are, or proved to be integers; these end at 0. */
  notes: Int32Array;
  noted: number;
  /**
   * A name that is looked for came twice, or stands behind an escape; or a value is of none of the kinds that it may
   * be of, or an instant has an escape.
   */
  odd: boolean;
}

export const nothingFound = (): Found => ({
  ...{ index: new Int32Array(0), base: 0, object: 0, others: [], odd: false },
  ...{ notes: new Int32Array(0), noted: 0 },
});
