import {
  type ClientFrameType,
  type TerminalClientFrameType,
  type TerminalServerFrameType,
  clientFrame,
  clientPayloads,
  durableEvent,
  eventPayloads,
  liveFrame,
  livePayloads,
  terminalClientFrame,
  terminalServerFrame,
} from '@ai-sessions/protocol';
import type { z } from 'zod';
import { type JsonSchema, jsonSchemas, mergeComponents } from './json-schemas.ts';

/** The AsyncAPI 3.0 document of a session's WebSocket: a message for each type of frame, in either direction. */
export function asyncapi(version: string): JsonSchema {
  const sent = jsonSchemas(variants(clientFrame.options, clientTypes), 'input');
  const received = jsonSchemas({ ...variants(durableEvent.options, eventTypes), ...variants(liveFrame.options, liveTypes) }, 'output');
  const shellSent = jsonSchemas(variants(terminalClientFrame.options, Object.keys(shellClientSummaries)), 'input');
  const shellReceived = jsonSchemas(variants(terminalServerFrame.options, Object.keys(shellServerSummaries)), 'output');
  const shellClientMessages = {
    ...messages('terminal_client', shellSent.schemas, (type) => shellClientSummaries[type as TerminalClientFrameType]),
    terminal_client_input: {
      name: 'input',
      title: 'input',
      summary: 'A binary message: bytes that are typed.',
      contentType: 'application/octet-stream',
    },
  };
  const shellServerMessages = {
    ...messages('terminal_server', shellReceived.schemas, (type) => shellServerSummaries[type as TerminalServerFrameType]),
    terminal_server_output: {
      name: 'output',
      title: 'output',
      summary: 'A binary message: bytes of output.',
      contentType: 'application/octet-stream',
    },
  };
  const clientMessages = messages('client', sent.schemas, (type) => clientSummaries[type as ClientFrameType]);
  const serverMessages = messages('server', received.schemas, (type) =>
    type in eventPayloads ? 'Durable: a row of the session log, with its seq.' : 'Live: not stored, without a seq.',
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'AI Sessions, the WebSocket of a session',
      version,
      description:
        'Connect with a token in the Authorization header, in ?token=, or as the protocols "access_token, <JWT>". ' +
        'Durable events come exactly once, in the order of seq: reconnect with ?after_seq= and the last one seen.',
    },
    defaultContentType: 'application/json',
    channels: {
      session: {
        address: '/v1/sessions/{id}/ws',
        parameters: { id: { description: 'Id of the session' } },
        messages: references([...Object.keys(clientMessages), ...Object.keys(serverMessages)], '#/components/messages/'),
        bindings: { ws: { query: queryBinding } },
      },
      terminal: {
        address: '/v1/sessions/{id}/terminal',
        description: 'A shell in the sandbox of the session. Binary messages are its bytes, in both directions.',
        parameters: { id: { description: 'Id of the session' } },
        messages: references([...Object.keys(shellClientMessages), ...Object.keys(shellServerMessages)], '#/components/messages/'),
        bindings: { ws: { query: terminalQueryBinding } },
      },
    },
    operations: {
      // As the server sees it: what it receives is what a client sends.
      receive: {
        action: 'receive',
        channel: { $ref: '#/channels/session' },
        messages: Object.values(references(Object.keys(clientMessages), '#/channels/session/messages/')),
      },
      send: {
        action: 'send',
        channel: { $ref: '#/channels/session' },
        messages: Object.values(references(Object.keys(serverMessages), '#/channels/session/messages/')),
      },
      receiveInShell: {
        action: 'receive',
        channel: { $ref: '#/channels/terminal' },
        messages: Object.values(references(Object.keys(shellClientMessages), '#/channels/terminal/messages/')),
      },
      sendFromShell: {
        action: 'send',
        channel: { $ref: '#/channels/terminal' },
        messages: Object.values(references(Object.keys(shellServerMessages), '#/channels/terminal/messages/')),
      },
    },
    components: {
      messages: { ...clientMessages, ...serverMessages, ...shellClientMessages, ...shellServerMessages },
      schemas: mergeComponents(...[sent, received, shellSent, shellReceived].map(({ components }) => components)),
    },
  };
}

const clientTypes = Object.keys(clientPayloads);
const eventTypes = Object.keys(eventPayloads);
const liveTypes = Object.keys(livePayloads);

/** A union's variants by the types of their frames. */
function variants(options: readonly z.ZodType[], types: readonly string[]): Record<string, z.ZodType> {
  const byType = options.map((option) => [typeOf(option), option] as const);
  if (byType.length !== types.length) throw new Error('A frame type has a payload but no variant in its union');
  return Object.fromEntries(byType);
}

function typeOf(variant: z.ZodType): string {
  const { type } = (variant as z.ZodObject<{ type: z.ZodLiteral<string> }>).shape;
  return type.value;
}

function messages(
  direction: 'client' | 'server' | 'terminal_client' | 'terminal_server',
  schemas: Readonly<Record<string, JsonSchema>>,
  summary: (type: string) => string,
) {
  return Object.fromEntries(
    Object.entries(schemas).map(([type, payload]) => [
      `${direction}_${type}`,
      { name: type, title: type, summary: summary(type), payload },
    ]),
  );
}

function references(names: readonly string[], base: string): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `${base}${name}` }]));
}

const clientSummaries: Readonly<Record<ClientFrameType, string>> = {
  prompt: 'Queues a prompt; the same client_msg_id again is not a second one.',
  interrupt: 'Ends the turn that runs.',
  cancel_prompt: 'Takes a prompt that still waits out of the queue.',
  tool_approval_response: 'Answers an open approval, once.',
  ask_user_question_response: 'Answers an open question, once.',
  upload_request: 'Asks for a signed address to PUT a file to.',
  upload_complete: 'Places an uploaded file in the workspace.',
  download_request: 'Asks for a signed address to GET a file from.',
  heartbeat: 'Every 30 seconds; the server answers with one.',
};

const shellClientSummaries: Readonly<Record<TerminalClientFrameType, string>> = {
  resize: 'The size of the window; the last one given is that of all viewers.',
  ack: 'Output before offset has been drawn; for connections with a window.',
  heartbeat: 'Every 30 seconds; the server answers with one.',
};

const shellServerSummaries: Readonly<Record<TerminalServerFrameType, string>> = {
  opened: 'The first: which shell this is, and where its output goes on.',
  size: 'The size has changed.',
  gap: 'This viewer was too slow: output goes on at offset, on a cleared screen.',
  exit: 'The last: the shell has ended; the connection is closed with 4101.',
  heartbeat: 'Answer to a heartbeat.',
  error: 'What was not understood, or why there is no shell.',
};

const terminalQueryBinding = {
  type: 'object',
  properties: {
    token: { type: 'string', description: 'Access token, where no header can be set.' },
    terminal: { type: 'string', pattern: '^[a-z0-9-]{1,32}$', default: 'main', description: 'Name of the shell.' },
    cols: { type: 'integer', minimum: 1, maximum: 1000, default: 80, description: 'Columns of the window.' },
    rows: { type: 'integer', minimum: 1, maximum: 1000, default: 24, description: 'Rows of the window.' },
    after: { type: 'integer', minimum: 0, description: 'Bytes of output seen: goes on with that shell, or says that it has ended.' },
    window: { type: 'integer', minimum: 16384, description: 'Most bytes on their way that are not acknowledged.' },
  },
};

const queryBinding = {
  type: 'object',
  properties: {
    token: { type: 'string', description: 'Access token, where no header can be set.' },
    after_seq: { type: 'integer', minimum: 0, description: 'Seq of the last durable event seen.' },
    deltas: { type: 'string', enum: ['1'], description: 'Also send assistant_delta frames.' },
  },
};
