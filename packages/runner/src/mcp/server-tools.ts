import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { ResultSchema } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';

/** The tools of a server as it listed them. */
export interface ServerTools {
  readonly tools: readonly Tool[];
  /** There are more than were asked for. */
  readonly cut: boolean;
}

export type Tool = z.infer<typeof tool>;

const MAX_PAGES = 50;
const MAX_TOOLS = 2000;

/** Only what is read here is checked: the rest is Claude Code's affair. */
const tool = z.looseObject({ name: z.string(), description: z.string().optional() });
const toolPage = z.object({ tools: z.array(tool), nextCursor: z.string().optional() });

/** Asks a server for its tools, page after page. @throws what the client throws, and the signal's reason. */
export async function listTools(client: Client, signal: AbortSignal): Promise<ServerTools> {
  const tools: Tool[] = [];
  if (client.getServerCapabilities()?.tools === undefined) return { tools, cut: false };
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && tools.length < MAX_TOOLS; page += 1) {
    const request = { method: 'tools/list', ...(cursor === undefined ? {} : { params: { cursor } }) };
    const listed = toolPage.parse(await client.request(request, ResultSchema, { signal, timeout: 0x7fff_ffff }));
    tools.push(...listed.tools);
    cursor = listed.nextCursor;
    if (cursor === undefined) return { tools, cut: false };
  }
  return { tools, cut: true };
}
