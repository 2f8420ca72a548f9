import { expect, it } from 'vitest';
import { pluginList } from './plugin-list.ts';

it('reads names with their folders', () => {
  expect(pluginList.parse('kit=/srv/kit, style=/srv/with=sign ,')).toEqual({ kit: '/srv/kit', style: '/srv/with=sign' });
  expect(pluginList.parse('')).toEqual({});
});

it.each(['kit', 'kit=', 'kit=relative', '=/srv', 'a b=/srv', 'a=/x,a=/y', '../up=/srv'])('refuses %s', (text) => {
  expect(pluginList.safeParse(text).success).toBe(false);
});
