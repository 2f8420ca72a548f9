import { makeDriver } from '../fixtures/make-driver.ts';
import { runSandboxContract } from '../sandbox.contract.ts';

runSandboxContract('bubblewrap', (stateDir) => makeDriver('bubblewrap', stateDir));
runSandboxContract('moved', (stateDir) => makeDriver('moved', stateDir));
