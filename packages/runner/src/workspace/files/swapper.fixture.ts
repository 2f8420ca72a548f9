/**
 * A session that attacks: swaps a folder and a link to somewhere else under one name, as fast as it can, until it is ended.
 * Arguments: the path to swap at, and where the link leads. The folder stands at the path when it starts.
 */
import { renameSync, symlinkSync } from 'node:fs';

const [place, outside] = process.argv.slice(2);
if (place === undefined || outside === undefined) throw new Error('usage: swapper.fixture.ts PLACE OUTSIDE');
symlinkSync(outside, `${place}.link`);
process.stdout.write('swapping\n');
let set = 0;
for (;;) {
  try {
    renameSync(place, `${place}.folder`);
    renameSync(`${place}.link`, place);
    for (let pause = 0; pause < 2000; pause++) Math.sqrt(pause);
    renameSync(place, `${place}.link`);
    renameSync(`${place}.folder`, place);
    for (let pause = 0; pause < 2000; pause++) Math.sqrt(pause);
  } catch {
    // The runner made a folder in the moment in which there was none: it is set aside, and the swapping goes on.
    renameSync(place, `${place}.${++set}`);
    renameSync(`${place}.folder`, place);
  }
}
