/** Two palettes. Text of every kind has a contrast of at least 4.5 to each ground, what is drawn at least 3. */

export interface Palette {
  readonly page: string;
  readonly panel: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly sent: string;
  readonly other: string;
  readonly good: string;
  readonly bad: string;
  readonly odd: string;
}

export const LIGHT: Palette = {
  page: '#f5f4f0',
  panel: '#ffffff',
  text: '#1c2128',
  muted: '#565e68',
  line: '#dcdad3',
  sent: '#2b69a9',
  other: '#8a5a12',
  good: '#1a6b3c',
  bad: '#a9261d',
  odd: '#7c5200',
};

export const DARK: Palette = {
  page: '#13161a',
  panel: '#1c2026',
  text: '#e7e9ec',
  muted: '#a2abb6',
  line: '#363c45',
  sent: '#6aa9e6',
  other: '#d9a04c',
  good: '#6fce92',
  bad: '#ff9184',
  odd: '#ecc068',
};

export const variables = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
