import { createRequire } from 'node:module';
import { clientPayloads, eventPayloads, livePayloads, terminalClientPayloads, terminalServerPayloads, routes } from '@ai-sessions/protocol';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiRoutes } from '../routes/index.ts';
import { type TestApp, startTestApp } from '../test-app.ts';

type Json = Record<string, unknown>;

let app: TestApp;
beforeAll(async () => void (app = await startTestApp()));
afterAll(() => app[Symbol.asyncDispose]());

const document = async (url: string) => (await app.inject(url)).json<Json & { paths: Record<string, Record<string, Json>> }>();

/** Every `$ref` of a document leads somewhere in it. */
function expectNoLooseEnds(whole: Json): void {
  for (const [, reference = ''] of JSON.stringify(whole).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = reference.split('/').reduce<unknown>((part, name) => (part as Json | undefined)?.[name.replaceAll('~1', '/')], whole);
    expect(target, reference).toBeDefined();
  }
}

describe('/openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const openapi = await document('/openapi.json');
    expect(await new Validator().validate(openapi)).toEqual({ valid: true });
    expect(openapi['openapi']).toBe('3.1.0');
    expectNoLooseEnds(openapi);
  });

  test('describes each route that is served, with its statuses', async () => {
    const { paths } = await document('/openapi.json');
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId))).toEqual(new Set(Object.keys(apiRoutes)));
    for (const [name, { contract }] of Object.entries(apiRoutes)) {
      const operation = paths[contract.path.replace(':id', '{id}')]?.[contract.method.toLowerCase()];
      expect(Object.keys(operation?.['responses'] as Json), name).toEqual(
        expect.arrayContaining([...Object.keys(contract.replies), '400', '401', '500']),
      );
    }
  });

  test('says what a query means, what a body must have, and that a limit tells its state', async () => {
    const { paths } = await document('/openapi.json');
    const list = paths['/v1/sessions']?.['get'];
    expect(list?.['parameters']).toContainEqual({
      name: 'limit',
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200 },
    });
    const create = paths['/v1/sessions']?.['post'] as { requestBody: Json; responses: Record<string, { headers: Json }> };
    expect(create.requestBody['required']).toBe(false);
    expect(Object.keys(create.responses['429']?.headers ?? {})).toEqual([
      'RateLimit-Limit',
      'RateLimit-Remaining',
      'RateLimit-Reset',
      'Retry-After',
    ]);
    expect(paths['/v1/register']?.['delete']).not.toHaveProperty('requestBody');
  });
});

describe('/asyncapi.json', () => {
  test('is valid AsyncAPI 3.0', async () => {
    const asyncapi = await document('/asyncapi.json');
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as Json;
    const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    validate(asyncapi);
    expect(validate.errors).toBeNull();
    expectNoLooseEnds(asyncapi);
  });

  test('has one message for each type of frame in each direction', async () => {
    const { components } = (await document('/asyncapi.json')) as unknown as { components: { messages: Json } };
    const names = [
      ...Object.keys(clientPayloads).map((type) => `client_${type}`),
      ...[...Object.keys(eventPayloads), ...Object.keys(livePayloads)].map((type) => `server_${type}`),
      ...[...Object.keys(terminalClientPayloads), 'input'].map((type) => `terminal_client_${type}`),
      ...[...Object.keys(terminalServerPayloads), 'output'].map((type) => `terminal_server_${type}`),
    ];
    expect(Object.keys(components.messages).sort()).toEqual(names.sort());
  });
});

describe('/docs', () => {
  test('loads files of this server only, and they are there', async () => {
    const page = await app.inject('/docs');
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(page.body).not.toMatch(/https?:\/\/|<style|onclick|<script(?! type="module" src="\/docs\/docs\.js")/);
    for (const [, address = ''] of page.body.matchAll(/(?:href|src)="([^"]+)"/g)) {
      expect((await app.inject(address)).statusCode, address).toBe(200);
    }
  });
});

test('the contract names each route that is served', () => {
  for (const name of Object.keys(apiRoutes)) expect(routes).toHaveProperty(name);
});
