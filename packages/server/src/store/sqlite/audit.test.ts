import { expect, test } from 'vitest';
import { auditProcedures } from './audit.ts';
import { openDatabase } from './database.ts';

test('a row can be neither changed nor deleted while its user is there', () => {
  const database = openDatabase(':memory:');
  database.run("INSERT INTO users (id, email, registered_at, data_key) VALUES ('usr_1', 'a@b.c', '', '')");
  auditProcedures(database).methods.append({
    user_id: 'usr_1',
    at: '2026-01-01T00:00:00.000Z',
    action: 'signed_in',
    subject: null,
    detail: '{}',
  });
  expect(() => database.run("UPDATE audit SET action = 'signed_out'")).toThrow('only added to');
  expect(() => database.run('DELETE FROM audit')).toThrow('only added to');
  expect(database.all('SELECT * FROM audit')).toHaveLength(1);
  database.close();
});
