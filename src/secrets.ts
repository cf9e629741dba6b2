/** What must be hidden before anything is known of it. */

/** Passwords of proxies, and the key where the environment gives it. */
export function secretsOfEnvironment(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) =>
    name === 'KLAVIYO_API_KEY' ? withRealLetters([value]) : /proxy/i.test(name) ? passwordsIn(value) : [],
  );
}

/** Of a config that may not even be JSON: what begins like a key, what a field like `api_key` holds, passwords in URLs. */
export function secretsOfConfig(text: string): string[] {
  const keys = [...text.matchAll(/\bpk_[\w-]+/g)].map(([key]) => key);
  const fields = [
    ...text.matchAll(/"[^"\n]*(?:key|token|secret|passw)[^"\n]*"\s*:\s*"((?:[^"\\\n]|\\.)*)/gi),
  ];
  return [
    ...withRealLetters([...keys, ...fields.map(([, value = '']) => unescaped(value))]),
    ...passwordsIn(text),
  ];
}

/** A placeholder and the name of a header are no secret, and their words are those that errors are told with. */
const withRealLetters = (values: readonly string[]): string[] =>
  values
    .filter((value) => /\d/.test(value) && !/[${}<>*]/.test(value))
    .map((value) => value.replace(/^\s*(?:authorization\s*:\s*)?klaviyo-api-key[\s:=]+/i, ''));

function passwordsIn(text: string): string[] {
  return [...text.matchAll(/\/\/[^\s:@/"]*:([^\s@/"]+)@/g)].flatMap(([, password = '']) => [
    password,
    decoded(password),
  ]);
}

function unescaped(text: string): string {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return text;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
