/** What clients accept of a schema; each rule stands for a target that broke on its opposite. */
import fs from 'node:fs';
import { Ajv } from 'ajv';
import { expect } from 'chai';
import { STREAM_NAMES } from '../../src/generated/rows.js';
import { packaged } from '../../src/packaged.js';
import { STREAMS } from '../../src/resources/index.js';
import { nullable, type Schema, schemaOf } from '../../src/schemas.js';

const WORDS = [
  '$schema',
  'title',
  'type',
  'description',
  'format',
  'properties',
  'items',
  'additionalProperties',
];
const TYPES = ['string', 'integer', 'number', 'boolean', 'object', 'array'];

/** Every schema below one, with its dotted path; `property` is false for the items of an array. */
function* walk(schema: Schema, path: string, property: boolean): Iterable<[string, Schema, boolean]> {
  yield [path, schema, property];
  for (const [name, child] of Object.entries(schema.properties ?? {}))
    yield* walk(child, `${path}.${name}`, true);
  if (schema.items !== undefined) yield* walk(schema.items, `${path}[]`, false);
}

/** The paths below a stream's top level for which a rule does not hold. */
function breaches(
  stream: (typeof STREAM_NAMES)[number],
  holds: (schema: Schema, property: boolean) => boolean,
): string[] {
  return [...walk(schemaOf(stream), stream, false)]
    .slice(1)
    .filter(([, schema, property]) => !holds(schema, property))
    .map(([path]) => path);
}

describe('the schemas', () => {
  it('are one for each stream, and no more', () => {
    const files = fs.readdirSync(new URL('../../../schemas/', import.meta.url));
    expect(files).to.have.members(STREAM_NAMES.map((stream) => `${stream}.json`));
    expect([...STREAMS.keys()]).to.have.members([...STREAM_NAMES]);
  });

  for (const stream of STREAM_NAMES)
    describe(stream, () => {
      const schema = schemaOf(stream);
      const entry = STREAMS.get(stream);
      const key: readonly string[] = entry?.stream.primaryKey ?? [];

      it('is a JSON Schema of an object, named like the stream', () => {
        expect(new Ajv({ formats: { 'date-time': true, date: true } }).validateSchema(schema)).to.equal(true);
        expect(schema.title).to.equal(stream);
        expect(schema.type).to.equal('object');
      });

      it('uses no words but those that every client knows', () => {
        expect(
          breaches(stream, (each) => Object.keys(each).every((word) => WORDS.includes(word))),
        ).to.deep.equal([]);
        expect(Object.keys(packaged(`schemas/${stream}.json`) as object)).to.have.members(
          WORDS.slice(0, 3).concat('properties', 'additionalProperties'),
        );
      });

      it('gives each column one type and null, and a key its type alone', () => {
        const keys = key.map((column) => `${stream}.${column}`);
        const broken = [...walk(schema, stream, false)].slice(1).filter(([path, { type }]) => {
          const expected = keys.includes(path) ? [] : ['null'];
          return !TYPES.some((each) => JSON.stringify(type) === JSON.stringify([...expected, each]));
        });
        expect(broken.map(([path]) => path)).to.deep.equal([]);
      });

      it('has its key, and its cursor as a date', () => {
        expect(key).not.to.have.length(0);
        for (const column of key) {
          expect(schema.properties[column], column).not.to.equal(undefined);
          expect(nullable(schema.properties[column] as Schema), column).to.equal(false);
        }
        const cursor = entry?.stream.cursor;
        if (cursor !== undefined) expect(schema.properties[cursor]?.format).to.equal('date-time');
      });

      it('describes every property in a sentence', () => {
        expect(
          breaches(
            stream,
            ({ description }, property) => !property || /^\S.{5,}\.$/s.test(description ?? ''),
          ),
        ).to.deep.equal([]);
      });

      it('knows no format but dates, on text alone', () => {
        expect(
          breaches(
            stream,
            ({ format, type }) =>
              format === undefined || (['date-time', 'date'].includes(format) && type.includes('string')),
          ),
        ).to.deep.equal([]);
      });

      it('stays open at every object, and says nothing of members elsewhere', () => {
        expect(schema.additionalProperties).to.equal(true);
        expect(
          breaches(stream, ({ type, properties, items, additionalProperties }) => {
            const open = type.includes('object')
              ? additionalProperties === true
              : additionalProperties === undefined;
            return (
              open &&
              (properties === undefined || type.includes('object')) &&
              (items === undefined || type.includes('array'))
            );
          }),
        ).to.deep.equal([]);
        expect(
          breaches(
            stream,
            ({ properties }) => properties === undefined || Object.keys(properties).length > 0,
          ),
        ).to.deep.equal([]);
      });

      it('names its columns so that every target can', () => {
        const names = Object.keys(schema.properties);
        for (const name of names) expect(name).to.match(/^[a-z][a-z0-9_]{0,62}$/);
        expect(new Set(names.map((name) => name.toLowerCase())).size).to.equal(names.length);
      });

      it('has a place for new attributes exactly if it has its object’s attributes', () => {
        const spill = schema.properties.additional_attributes;
        expect(spill !== undefined).to.equal(
          ['id', 'template_id'].some((column) => column in schema.properties),
        );
        if (spill !== undefined) expect(spill.type).to.deep.equal(['null', 'object']);
      });
    });
});
