import { statSync } from 'node:fs';

/** The operator's plugins for Claude Code: their host folders by name. */
export type Plugins = Readonly<Record<string, string>>;

const PLUGINS_INSIDE = '/opt/plugins';

/** Throws one Error that names each folder which is not there. */
export function checkPlugins(plugins: Plugins): void {
  const missing = Object.entries(plugins).filter(([, folder]) => statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true);
  if (missing.length === 0) return;
  throw new Error(`AI_SESSIONS_PLUGINS: no folder at ${missing.map(([name, folder]) => `${folder} (${name})`).join(', ')}`);
}

/** All of them, read-only, in every sandbox: one is made before it is known which plugins its session will use. */
export function pluginMounts(plugins: Plugins): { source: string; target: string }[] {
  return Object.entries(plugins).map(([name, source]) => ({ source, target: `${PLUGINS_INSIDE}/${name}` }));
}

/** Host folders of a session's plugins. One that the operator has taken off the list meanwhile is left out. */
export function pluginFolders(plugins: Plugins, names: readonly string[]): string[] {
  return names.flatMap((name) => (Object.hasOwn(plugins, name) ? (plugins[name] ?? []) : []));
}
