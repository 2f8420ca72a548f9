import { z } from 'zod';

/** Letters, digits, `_` and `-`: a plugin is a folder of this name in the sandbox. */
const pluginName = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);

/**
 * The operator's list of plugins as a setting, `name=/absolute/folder` with commas between: each name with its folder on
 * the machines that run sessions.
 */
export const pluginList = z.string().transform((text, context): Readonly<Record<string, string>> => {
  const pairs = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const plugins = new Map<string, string>();
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=');
    const folder = rest.join('=');
    if (pluginName.safeParse(name).success && folder.startsWith('/') && !plugins.has(name)) plugins.set(name, folder);
    else context.addIssue({ code: 'custom', message: `"${pair}" is not name=/absolute/folder, or its name stands twice` });
  }
  return Object.fromEntries(plugins);
});
