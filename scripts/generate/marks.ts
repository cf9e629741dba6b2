/** The search for marks, assembled: few bytes, which are kept as text. */
import wabt from 'wabt';

const LINE = 100;

export async function assembled(file: string, text: string): Promise<string> {
  const module = (await wabt()).parseWat(file, text, { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  module.destroy();
  const code = Buffer.from(buffer).toString('base64');
  const lines = code.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return `// Assembled from ${file} by \`npm run generate\`.\nexport const MARKS =\n  ${lines.map((line) => `'${line}'`).join(' +\n  ')};\n`;
}
