export { isValidPattern } from './pattern.ts';
export { suggestPattern } from './suggested-pattern.ts';
export { canonicalTool } from './tool-call.ts';
export { decide, denies, type Verdict } from './verdict.ts';
