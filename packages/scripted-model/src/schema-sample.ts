import { z } from 'zod';

const jsonSchema = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** A small value that fits a JSON schema, as far as Claude Code's own questions go: `"Scripted"`, 0, false, [], objects. */
export function sampleOf(schema: unknown): unknown {
  const parsed = jsonSchema.safeParse(schema);
  if (!parsed.success) return null;
  const { type, enum: choices, const: constant, properties } = parsed.data;
  if (constant !== undefined) return constant;
  if (choices !== undefined) return choices[0];
  switch (Array.isArray(type) ? type[0] : type) {
    case 'string':
      return 'Scripted';
    case 'number':
    case 'integer':
      return 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    case 'object':
      return Object.fromEntries(Object.entries(properties ?? {}).map(([name, property]) => [name, sampleOf(property)]));
    default:
      return null;
  }
}
