// Draws /openapi.json and /asyncapi.json. Text goes in as text only, never as markup.

const main = document.querySelector('#main');
const contents = document.querySelector('#contents');
const state = document.querySelector('#state');

try {
  const [rest, socket] = await Promise.all(['/openapi.json', '/asyncapi.json'].map(load));
  document.querySelector('#version').textContent = `Version ${rest.info.version}`;
  for (const tag of rest.tags) drawSection(tag.name, operationsOf(rest, tag.name).map(drawOperation));
  drawSection('WebSocket: client to server', messagesOf(socket, 'client_').map(drawMessage));
  drawSection('WebSocket: server to client', messagesOf(socket, 'server_').map(drawMessage));
  drawSection('Schemas', Object.entries({ ...rest.components.schemas, ...socket.components.schemas }).map(drawSchema));
  state.remove();
  if (location.hash !== '') document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
} catch (error) {
  state.textContent = `The documents could not be loaded: ${error.message}. Reload the page to try again.`;
}

async function load(address) {
  const reply = await fetch(address);
  if (!reply.ok) throw new Error(`${address} answered ${reply.status}`);
  return reply.json();
}

function operationsOf(rest, tag) {
  return Object.entries(rest.paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
    )
    .filter((operation) => operation.tags.includes(tag));
}

function messagesOf(socket, prefix) {
  return Object.entries(socket.components.messages).filter(([name]) => name.startsWith(prefix));
}

function drawOperation(operation) {
  const title = `${operation.method} ${operation.path}`;
  const parameters = operation.parameters.map(({ name, in: place, required, schema }) => [
    code(name),
    place + (required ? ', required' : ''),
    typeOf(schema),
  ]);
  const body = operation.requestBody;
  const replies = Object.entries(operation.responses).map(([status, { description, content }]) => [
    code(status),
    Number(status) < 400 ? typeOf(content['application/json'].schema) : description.replaceAll('`', ''),
  ]);
  return card(`op-${operation.operationId}`, title, [
    element('p', {}, operation.summary),
    ...(parameters.length > 0 ? [element('h4', {}, 'Parameters'), table(['Name', 'In', 'Type'], parameters)] : []),
    ...(body
      ? [element('h4', {}, `Body${body.required ? '' : ' (may be empty)'}`), typeTable(body.content['application/json'].schema)]
      : []),
    element('h4', {}, 'Replies'),
    table(['Status', 'Body or errors'], replies),
  ]);
}

function drawMessage([id, { name, summary, payload }]) {
  return card(`message-${id}`, name, [element('p', {}, summary), typeTable(payload)]);
}

function drawSchema([name, schema]) {
  return card(`schema-${name}`, name, [typeTable(schema)]);
}

function drawSection(title, cards) {
  if (cards.length === 0) return;
  main.append(element('h2', {}, title), ...cards);
  const links = cards.map((each) => element('li', {}, element('a', { href: `#${each.id}` }, each.querySelector('h3').textContent)));
  contents.append(element('h2', {}, title), element('ul', {}, ...links));
}

function card(id, title, parts) {
  return element('article', { id }, element('h3', {}, title), ...parts);
}

/** The fields of an object schema, or one line for any other schema. */
function typeTable(schema) {
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return element('p', {}, ...[typeOf(schema)].flat());
  const rows = fields.map(([name, field]) => [code(name), (schema.required ?? []).includes(name) ? 'required' : '', typeOf(field)]);
  return table(['Field', '', 'Type'], rows);
}

/** A schema in words: parts of text and links. */
function typeOf(schema) {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1);
    return [element('a', { href: `#schema-${name}` }, name)];
  }
  if (schema.const !== undefined) return [JSON.stringify(schema.const)];
  if (schema.enum !== undefined) return [schema.enum.map((value) => JSON.stringify(value)).join(' | ')];
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return joined(either.map(typeOf), ' | ');
  if (schema.type === 'array') return ['array of ', ...typeOf(schema.items ?? {})];
  if (schema.properties !== undefined) {
    const required = schema.required ?? [];
    const fields = Object.entries(schema.properties).map(([name, field]) => [
      `${name}${required.includes(name) ? '' : '?'}: `,
      ...typeOf(field),
    ]);
    return ['{ ', ...joined(fields, ', '), ' }'];
  }
  if (schema.type === 'object') return ['map of ', ...typeOf(schema.additionalProperties || {})];
  return [[schema.type ?? 'any'].flat().join(' | ') + bounds(schema)];
}

function bounds({ minLength, maxLength, minimum, maximum, exclusiveMinimum, format, pattern }) {
  const length = minLength === undefined ? `at most ${maxLength}` : `${minLength} to ${maxLength}`;
  const parts = [
    format ?? pattern,
    maxLength === undefined ? undefined : `${length} characters`,
    exclusiveMinimum === undefined ? undefined : `> ${exclusiveMinimum}`,
    minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : `≥ ${minimum}`,
    maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : `≤ ${maximum}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function joined(parts, separator) {
  return parts.flatMap((part, index) => (index === 0 ? part : [separator, ...part]));
}

function table(headings, rows) {
  const head = element('thead', {}, element('tr', {}, ...headings.map((heading) => element('th', { scope: 'col' }, heading))));
  const body = element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, ...[cell].flat())))));
  return element('div', { class: 'table' }, element('table', {}, head, body));
}

function code(text) {
  return element('code', {}, text);
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
