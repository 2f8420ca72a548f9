import type { ITheme } from '@xterm/xterm';

const light: ITheme = {
  background: '#ffffff',
  foreground: '#1d2430',
  cursor: '#2f55b5',
  cursorAccent: '#ffffff',
  selectionBackground: '#b9cdf6',
  black: '#1d2430',
  red: '#b3261e',
  green: '#146c2e',
  yellow: '#7a5300',
  blue: '#2250b4',
  magenta: '#8a2a8f',
  cyan: '#0b6470',
  white: '#5b6472',
  brightBlack: '#667080',
  brightRed: '#c5221f',
  brightGreen: '#1a7d38',
  brightYellow: '#8a6100',
  brightBlue: '#2a62d6',
  brightMagenta: '#9c3aa1',
  brightCyan: '#0f7482',
  brightWhite: '#454d5a',
};

const dark: ITheme = {
  background: '#14161c',
  foreground: '#e4e8ef',
  cursor: '#8fb4ff',
  cursorAccent: '#14161c',
  selectionBackground: '#34466b',
  black: '#7d8594',
  red: '#ff8f87',
  green: '#7ddc96',
  yellow: '#efc868',
  blue: '#8fb4ff',
  magenta: '#e2a0e6',
  cyan: '#78d5e2',
  white: '#dfe4ec',
  brightBlack: '#97a0b0',
  brightRed: '#ffb0aa',
  brightGreen: '#a5ecb7',
  brightYellow: '#ffdd8f',
  brightBlue: '#b3ccff',
  brightMagenta: '#f0c0f3',
  brightCyan: '#a5e6ef',
  brightWhite: '#ffffff',
};

/** The colours of a terminal that fit the page's; each is legible on the background. */
export function terminalColors(isDark: boolean): ITheme {
  return isDark ? dark : light;
}
