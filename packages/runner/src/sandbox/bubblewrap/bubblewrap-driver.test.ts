import { runSandboxContract } from '../sandbox.contract.ts';
import { BubblewrapDriver } from './bubblewrap-driver.ts';

runSandboxContract('bubblewrap', (stateDir) => new BubblewrapDriver({ stateDir }));
