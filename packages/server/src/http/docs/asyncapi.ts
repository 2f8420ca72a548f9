import {
  type ClientFrameType,
  type EventType,
  type LiveFrameType,
  clientFrame,
  clientPayloads,
  durableEvent,
  eventPayloads,
  liveFrame,
  livePayloads,
} from '@ai-sessions/protocol';
import type { z } from 'zod';
import { type JsonSchema, jsonSchemas, mergeComponents } from './json-schemas.ts';

/** The AsyncAPI 3.0 document of a session's WebSocket: a message for each type of frame, in either direction. */
export function asyncapi(version: string): JsonSchema {
  const sent = jsonSchemas(variants(clientFrame.options, clientTypes), 'input');
  const received = jsonSchemas({ ...variants(durableEvent.options, eventTypes), ...variants(liveFrame.options, liveTypes) }, 'output');
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
    },
    components: {
      messages: { ...clientMessages, ...serverMessages },
      schemas: mergeComponents(sent.components, received.components),
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
  const { type } = (variant as z.ZodObject<{ type: z.ZodLiteral<ClientFrameType | EventType | LiveFrameType> }>).shape;
  return type.value;
}

function messages(direction: 'client' | 'server', schemas: Readonly<Record<string, JsonSchema>>, summary: (type: string) => string) {
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

const queryBinding = {
  type: 'object',
  properties: {
    token: { type: 'string', description: 'Access token, where no header can be set.' },
    after_seq: { type: 'integer', minimum: 0, description: 'Seq of the last durable event seen.' },
    deltas: { type: 'string', enum: ['1'], description: 'Also send assistant_delta frames.' },
  },
};
