export { type SecurityServer, startSecurityServer } from './security-server.ts';
export { adHocAnalysis, type Scene, threatInvestigation } from './scenes.ts';
