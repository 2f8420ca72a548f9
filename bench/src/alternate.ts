/** Measures subject and floor in turn, A B A B, so that what disturbs the machine disturbs both. */
export async function alternate(
  rounds: number,
  subject: () => Promise<number>,
  floor: () => Promise<number>,
): Promise<{ ours: number[]; floor: number[] }> {
  const samples = { ours: [] as number[], floor: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    samples.ours.push(await subject());
    samples.floor.push(await floor());
  }
  return samples;
}
