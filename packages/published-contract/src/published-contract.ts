import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

type Json = Readonly<Record<string, unknown>>;

const loaded = new Map<string, Promise<PublishedContract>>();

/** The documents that a server publishes, as it serves them, to hold its replies and frames against. */
export class PublishedContract {
  readonly #openapi: Json;
  readonly #asyncapi: Json;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });

  constructor(openapi: Json, asyncapi: Json) {
    this.#openapi = openapi;
    this.#asyncapi = asyncapi;
    formats.default(this.#ajv);
    this.#ajv.addSchema({ ...openapi, $id: 'openapi' });
    this.#ajv.addSchema({ ...asyncapi, $id: 'asyncapi' });
  }

  /** Of the server at this base URL; read once. */
  static of(url: string): Promise<PublishedContract> {
    const read = async (path: string) => (await (await fetch(url + path)).json()) as Json;
    const known = loaded.get(url);
    if (known !== undefined) return known;
    const contract = Promise.all([read('/openapi.json'), read('/asyncapi.json')]).then((both) => new PublishedContract(...both));
    loaded.set(url, contract);
    // One that was asked for while its server was away is asked for again.
    contract.catch(() => loaded.delete(url));
    return contract;
  }

  /** What is wrong with a reply of the API, or undefined. */
  replyFault(method: string, path: string, status: number, text: string): string | undefined {
    const at = `${method} ${path} → ${status}`;
    const { pathname } = new URL(path, 'http://server');
    const found = Object.keys(part(this.#openapi, ['paths'])).find((template) => fits(template, pathname));
    const operation = found === undefined ? undefined : part(this.#openapi, ['paths', found, method.toLowerCase()]);
    // What is not in the document is refused, in the shape of every error.
    if (found === undefined || operation === undefined) {
      if (status < 400) return `${at}: the document knows nothing of it`;
      return this.#fault(at, 'openapi#/components/schemas/Error', text);
    }
    const way = ['paths', found, method.toLowerCase(), 'responses', String(status)];
    const response = part(this.#openapi, way);
    if (response === undefined) return `${at}: the document has no such status`;
    const target = typeof response['$ref'] === 'string' ? response['$ref'].slice(2) : way.map(escaped).join('/');
    return this.#fault(at, `openapi#/${target}/content/application~1json/schema`, text);
  }

  /** What is wrong with a frame of the session's WebSocket, or undefined. */
  frameFault(text: string): string | undefined {
    const { type } = JSON.parse(text) as { type?: unknown };
    const name = `server_${String(type)}`;
    if (part(this.#asyncapi, ['components', 'messages', name]) === undefined) return `${String(type)}: the document has no such frame`;
    return this.#fault(`frame ${String(type)}`, `asyncapi#/components/messages/${name}/payload`, text);
  }

  #fault(at: string, schema: string, text: string): string | undefined {
    const validate = this.#ajv.getSchema(schema);
    if (validate === undefined) return `${at}: the document has no schema at ${schema}`;
    if (validate(JSON.parse(text)) === true) return undefined;
    return `${at} breaks the published document: ${this.#ajv.errorsText(validate.errors)} in ${text.slice(0, 300)}`;
  }
}

function fits(template: string, pathname: string): boolean {
  const [wanted, given] = [template.split('/'), pathname.split('/')];
  return wanted.length === given.length && wanted.every((piece, index) => piece.startsWith('{') || piece === given[index]);
}

function part(document: Json, way: readonly string[]): Json {
  return way.reduce<Json>((value, key) => value?.[key] as Json, document);
}

function escaped(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'));
}
