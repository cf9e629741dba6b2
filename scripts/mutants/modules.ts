/** The modules that rows and state depend on most, and the tests that watch over each, the quickest first. */
export interface Watched {
  readonly files: readonly string[];
  readonly tests: readonly string[];
}

export const MODULES: Readonly<Record<string, Watched>> = {
  limiter: { files: ['klaviyo/limiter'], tests: ['klaviyo/allowance', 'klaviyo/limiter'] },
  retry: {
    files: ['klaviyo/retry'],
    tests: ['klaviyo/refusal', 'klaviyo/retry', 'klaviyo/patience', 'klaviyo/page-sizes'],
  },
  ledger: { files: ['sync/ledger'], tests: ['sync/ledger'] },
  state: { files: ['state', 'state-forms'], tests: ['state', 'position/document'] },
  output: { files: ['output'], tests: ['output'] },
  scan: {
    files: [
      'klaviyo/scan',
      'klaviyo/scan-slots',
      'klaviyo/names',
      'klaviyo/json-marks',
      'klaviyo/json-tokens',
      'klaviyo/json-walk',
    ],
    tests: [
      'klaviyo/names',
      'klaviyo/json-marks',
      'klaviyo/scan-found',
      'klaviyo/scan-declared',
      'klaviyo/scan',
    ],
  },
};
