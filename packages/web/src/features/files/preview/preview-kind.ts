export type PreviewKind = 'text' | 'image' | 'csv' | 'pdf' | 'none';

const images: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  ico: 'image/x-icon',
  svg: 'image/svg+xml',
};

const languages: Readonly<Record<string, string>> = {
  bash: 'bash',
  c: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  cs: 'csharp',
  css: 'css',
  diff: 'diff',
  go: 'go',
  h: 'cpp',
  html: 'xml',
  ini: 'ini',
  java: 'java',
  js: 'javascript',
  json: 'json',
  jsonl: 'json',
  jsx: 'javascript',
  kt: 'kotlin',
  lua: 'lua',
  makefile: 'makefile',
  md: 'markdown',
  mjs: 'javascript',
  patch: 'diff',
  php: 'php',
  pl: 'perl',
  py: 'python',
  r: 'r',
  rb: 'ruby',
  rs: 'rust',
  scss: 'scss',
  sh: 'bash',
  sql: 'sql',
  swift: 'swift',
  toml: 'ini',
  ts: 'typescript',
  tsx: 'typescript',
  xml: 'xml',
  yaml: 'yaml',
  yml: 'yaml',
};

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1).toLowerCase();
}

/** The type of an image by its name; undefined for what is none. */
export function imageType(name: string): string | undefined {
  return images[extensionOf(name)];
}

/** The language to highlight a file in, by its name. */
export function languageOf(name: string): string | undefined {
  return languages[extensionOf(name)];
}

/** How a file is shown: by its name, and for the rest by whether its bytes are text. */
export function previewKind(name: string, bytes: Uint8Array): PreviewKind {
  const extension = extensionOf(name);
  if (imageType(name) !== undefined) return 'image';
  if (extension === 'pdf') return 'pdf';
  if (!isText(bytes)) return 'none';
  return extension === 'csv' || extension === 'tsv' ? 'csv' : 'text';
}

function isText(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 8192);
  if (head.includes(0)) return false;
  try {
    // A character may be cut at the end of the piece.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
