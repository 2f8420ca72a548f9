import { ScriptedApiError } from '../api-error.ts';
import { sendJson, type Call } from '../call.ts';

const models = [
  { id: 'claude-opus-5-5', display_name: 'Claude Opus 5.5', created_at: '2026-08-01T00:00:00Z' },
  { id: 'claude-sonnet-4-5', display_name: 'Claude Sonnet 4.5', created_at: '2025-09-29T00:00:00Z' },
  { id: 'claude-haiku-4-5', display_name: 'Claude Haiku 4.5', created_at: '2025-10-01T00:00:00Z' },
].map((model) => ({ type: 'model', ...model }));

/** GET /v1/models: one page with every model. */
export function listModels(call: Call): void {
  sendJson(call, 200, { data: models, has_more: false, first_id: models[0]?.id ?? null, last_id: models.at(-1)?.id ?? null });
}

/** GET /v1/models/{id}. */
export function getModel(call: Call, id: string): void {
  const model = models.find((candidate) => candidate.id === id);
  if (model === undefined) throw new ScriptedApiError(404, `model: ${id}`);
  sendJson(call, 200, model);
}
