import { runSandboxContract } from '../sandbox.contract.ts';
import { NoneDriver } from './none-driver.ts';

runSandboxContract('none', (stateDir) => new NoneDriver({ stateDir }), {
  lacks: {
    diesWithOwner: 'none: without a process namespace nothing ends with the runner; the next sweep ends it',
    endsDetachedChildrenWithTheProgram: 'none: what has left the process group ends with the sandbox, not with the program',
    keepsRunReadOnly: 'none: programs have the rights of the runner',
  },
});
