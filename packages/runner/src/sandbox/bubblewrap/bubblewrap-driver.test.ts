import { makeDriver } from '../fixtures/make-driver.ts';
import { runIsolationContract } from '../isolation.contract.ts';
import { runSandboxContract } from '../sandbox.contract.ts';

runSandboxContract('bubblewrap', (stateDir) => makeDriver('bubblewrap', stateDir));
runSandboxContract('moved', (stateDir) => makeDriver('moved', stateDir));

for (const kind of ['bubblewrap', 'moved'] as const)
  runIsolationContract(kind, (stateDir) => makeDriver(kind, stateDir), { programs: { shell: '/bin/sh', python: '/usr/bin/python3' } });
