export { startScriptedModel, type ScriptedModel, type ScriptedModelOptions } from './server.ts';
export type { ScriptedModelLog } from './answered-request.ts';
export type { RecordedRequest, RequestLog } from './request-log.ts';
export type { Credential } from './credential.ts';
export type { RuleSource } from './rule.ts';
export type { ScriptSource } from './script.ts';
export { scriptPrompt } from './script-prompt.ts';
export { demoRules } from './scripts/demo-rules.ts';
export { readSyntheticDeltas, type SyntheticDelta } from './synthetic-delta.ts';
