export { FileWriter } from './file-writer.ts';
export { readIntoFile } from './read-into-file.ts';
export { ShorterFile, writeFileTo } from './write-file-to.ts';
