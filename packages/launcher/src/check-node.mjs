// Plain JavaScript: it has to run, and explain itself, on a Node that knows no TypeScript.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`ai-sessions needs Node 22.18 or newer; this is ${process.version}.
On Linux "npm ci" brings Node 24 along as an optional dependency: run "npm ci" again (without --omit=optional), then "npm start".
Elsewhere install Node 24 from your package manager.`);
  process.exit(1);
}
