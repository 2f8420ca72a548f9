export { PublishedContract } from './published-contract.ts';
