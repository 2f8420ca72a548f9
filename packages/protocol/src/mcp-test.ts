import { z } from 'zod';
import { profileId } from './ids.ts';
import { mcpServer, mcpServerName } from './settings.ts';

/**
 * The body of POST /v1/mcp/test. A header or variable given as `"***"` takes the value that is stored in the server
 * `name` of the profile `profile_id`.
 */
export const mcpTest = z
  .strictObject({ server: mcpServer, profile_id: profileId.optional(), name: mcpServerName.optional() })
  .refine((body) => (body.profile_id === undefined) === (body.name === undefined), 'Give profile_id and name together, or neither.')
  .meta({ id: 'McpTest' });
export type McpTest = z.infer<typeof mcpTest>;

/** How it went. `server` is what the server calls itself, `tools` what it offers (at most 500). */
export const mcpTestResult = z
  .strictObject({
    status: z.enum(['connected', 'failed']),
    error: z.string().nullable(),
    server: z.strictObject({ name: z.string(), version: z.string() }).nullable(),
    tools: z.array(z.strictObject({ name: z.string(), description: z.string() })),
    duration_ms: z.int(),
  })
  .meta({ id: 'McpTestResult' });
export type McpTestResult = z.infer<typeof mcpTestResult>;
