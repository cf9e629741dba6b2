/**
 * The least that this runtime can do: pages fetched and unpacked by the executable's own HTTP, and written to stdout
 * by its own writer, with nothing in between. `ADDRESSES` names a file with one URL a line, `KEY` is the key.
 */
import { readFileSync } from 'node:fs';
import { createHttp } from '../src/klaviyo/http.js';
import { createOutput } from '../src/output.js';

const { ADDRESSES = '', KEY = '', PARALLEL = '20' } = process.env;
const addresses = readFileSync(ADDRESSES, 'utf8').trimEnd().split('\n');
const out = createOutput(process.stdout);
const { get, close } = createHttp();
const headers = { authorization: `Klaviyo-API-Key ${KEY}`, revision: '2026-07-15' };
const { signal } = new AbortController();

await Promise.all(
  Array.from({ length: Number(PARALLEL) }, async () => {
    for (let address = addresses.pop(); address !== undefined; address = addresses.pop()) {
      const { status, body } = await get(new URL(address), headers, signal);
      if (status !== 200) throw new Error(`${address} answered ${status}`);
      await out.write(body);
    }
  }),
);
await out.flush();
close();
