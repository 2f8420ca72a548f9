/** A sensor as an endpoint agent would describe it. */
export const sensors = [
  {
    sensor_id: 'abc123',
    hostname: 'ACCT-LT-014',
    platform: 'windows',
    user: 'ACCT\\maria',
    last_seen: '2026-11-23T09:41:07Z',
    isolated: false,
  },
  {
    sensor_id: 'def456',
    hostname: 'ACCT-LT-022',
    platform: 'windows',
    user: 'ACCT\\jon',
    last_seen: '2026-11-23T09:40:51Z',
    isolated: false,
  },
] as const;

/** What sensor abc123 saw on the morning of the popups, amid what it sees every day. */
export const events = [
  {
    at: '2026-11-23T08:02:11Z',
    type: 'process',
    process: 'OUTLOOK.EXE',
    path: 'C:\\Program Files\\Microsoft Office\\OUTLOOK.EXE',
    parent: 'explorer.exe',
  },
  { at: '2026-11-23T08:14:36Z', type: 'dns', process: 'chrome.exe', domain: 'dns.google', answer: '8.8.8.8' },
  {
    at: '2026-11-23T08:31:02Z',
    type: 'process',
    process: 'update.exe',
    path: 'C:\\Users\\maria\\AppData\\Local\\Temp\\update.exe',
    parent: 'invoice_scan.pdf.exe',
    signed: false,
    sha256: '5f0c1c2f6f0a6d6fb7b6a4d1c0a5f9b35a8ddc8d0a6f4a0f6c4f2b9a1f7f3e11',
  },
  {
    at: '2026-11-23T08:31:04Z',
    type: 'registry',
    process: 'update.exe',
    key: 'HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run',
    value: 'Updater',
    data: 'C:\\Users\\maria\\AppData\\Local\\Temp\\update.exe',
  },
  { at: '2026-11-23T08:31:09Z', type: 'network', process: 'update.exe', remote: '45.33.32.156', port: 443, bytes_out: 18432 },
  { at: '2026-11-23T08:36:09Z', type: 'network', process: 'update.exe', remote: '45.33.32.156', port: 443, bytes_out: 2048 },
  { at: '2026-11-23T08:36:40Z', type: 'network', process: 'spoolsv.exe', remote: '192.168.1.1', port: 9100, bytes_out: 911 },
  { at: '2026-11-23T08:41:09Z', type: 'network', process: 'update.exe', remote: '45.33.32.156', port: 443, bytes_out: 2048 },
] as const;

export interface Reputation {
  readonly indicator: string;
  readonly verdict: 'clean' | 'malicious' | 'unknown';
  readonly why: string;
}

const known: Readonly<Record<string, Omit<Reputation, 'indicator'>>> = {
  '45.33.32.156': { verdict: 'malicious', why: 'Known C2 server' },
  '8.8.8.8': { verdict: 'clean', why: 'Google DNS' },
  '5f0c1c2f6f0a6d6fb7b6a4d1c0a5f9b35a8ddc8d0a6f4a0f6c4f2b9a1f7f3e11': {
    verdict: 'malicious',
    why: 'Remote access trojan, first seen 3 days ago',
  },
};

/** What the feeds know of each address and SHA-256 that stands in a text, once each. */
export function reputationOf(text: string): Reputation[] {
  const found = text.match(/\b(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{64})\b/g) ?? [];
  return [...new Set(found)].map((indicator) => ({ indicator, ...(known[indicator] ?? unknown(indicator)) }));
}

function unknown(indicator: string): Omit<Reputation, 'indicator'> {
  const internal = /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(indicator);
  return internal ? { verdict: 'clean', why: 'internal' } : { verdict: 'unknown', why: 'In no feed' };
}
