import { runBusContract } from '../bus.contract.ts';
import { createMemoryBus } from './memory-bus.ts';

runBusContract('memory', () => {
  const bus = createMemoryBus();
  return Promise.resolve({ near: bus, far: bus });
});
