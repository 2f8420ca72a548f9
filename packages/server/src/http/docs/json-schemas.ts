import { z } from 'zod';

export type JsonSchema = { readonly [key: string]: unknown };

export interface JsonSchemas<K extends string> {
  /** The schemas asked for, by the names they were asked under; named parts are references into `components`. */
  readonly schemas: Readonly<Record<K, JsonSchema>>;
  /** The schemas that have a name of their own (`.meta({ id })`). */
  readonly components: Readonly<Record<string, JsonSchema>>;
}

/**
 * Zod schemas as JSON Schema 2020-12, with their named parts under `#/components/schemas/`.
 * `io`: what a caller writes (`input`) or what is read after parsing (`output`).
 */
export function jsonSchemas<K extends string>(schemas: Readonly<Record<K, z.ZodType>>, io: 'input' | 'output'): JsonSchemas<K> {
  // As fields of one object, so that named parts are collected once, and a named schema itself becomes a reference.
  const whole = z.toJSONSchema(z.object(schemas), { io, target: 'draft-2020-12' });
  const text = JSON.stringify(whole).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { properties = {}, $defs = {} } = JSON.parse(text) as { properties?: Record<K, JsonSchema>; $defs?: Record<string, JsonSchema> };
  const components = Object.entries($defs).map(([name, { id: _sameAsName, ...schema }]) => [name, schema] as const);
  return { schemas: properties as Record<K, JsonSchema>, components: Object.fromEntries(components) };
}

/** Both sets of components. @throws Error if a name stands for two different schemas. */
export function mergeComponents(...sets: Readonly<Record<string, JsonSchema>>[]): Record<string, JsonSchema> {
  const merged: Record<string, JsonSchema> = {};
  for (const [name, schema] of sets.flatMap((set) => Object.entries(set))) {
    const known = merged[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`The schema named ${name} is not the same where it is written and where it is read`);
    }
    merged[name] = schema;
  }
  return merged;
}
