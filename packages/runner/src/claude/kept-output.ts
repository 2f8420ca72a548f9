import { z } from 'zod';

/** Where the whole of an output is that was too large for the conversation. */
export interface KeptOutput {
  /** As Claude Code sees it: below its home. */
  readonly path: string;
  readonly size: number;
}

const kept = z.object({ persistedOutputPath: z.string().min(1), persistedOutputSize: z.number().int() });

/** What Claude Code says of a tool's result beside the result itself: of a large output it shows the beginning and keeps the whole in a file. */
export function keptOutput(toolUseResult: unknown): KeptOutput | undefined {
  const { data } = kept.safeParse(toolUseResult);
  return data && { path: data.persistedOutputPath, size: data.persistedOutputSize };
}
