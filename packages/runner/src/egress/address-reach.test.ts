import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressReach, AddressRange } from './address-reach.ts';

describe('addressReach', () => {
  it.each(['8.8.8.8', '1.1.1.1', '104.16.0.1', '2606:4700::1111', '2a00:1450:4001::1'])('%s is public', (address) =>
    expect(addressReach(address).reach).toBe('public'),
  );
  it.each([
    '127.0.0.1',
    '127.255.255.254',
    '::1',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '100.127.255.255',
    'fc00::1',
    'fd12:3456::1',
  ])('%s is private', (address) => expect(addressReach(address).reach).toBe('private'));
  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '169.254.0.1',
    '169.254.169.254',
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::7f00:1',
    '64:ff9b::808:808',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '4000::1',
    '5f00::1',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    'fe80::1%lo',
    'example.com',
    '',
    '1.2.3',
  ])('%s is special', (address) => expect(addressReach(address).reach).toBe('special'));

  it('agrees with the ranges of RFC 6890 on every IPv4 address', () => {
    const within = (value: number, base: number, bits: number) => value >>> (32 - bits) === base >>> (32 - bits);
    const octets = (a: number, b: number, c: number, d: number) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
    const closed: [number, number][] = [
      [octets(0, 0, 0, 0), 8],
      [octets(10, 0, 0, 0), 8],
      [octets(100, 64, 0, 0), 10],
      [octets(127, 0, 0, 0), 8],
      [octets(169, 254, 0, 0), 16],
      [octets(172, 16, 0, 0), 12],
      [octets(192, 0, 0, 0), 24],
      [octets(192, 0, 2, 0), 24],
      [octets(192, 88, 99, 0), 24],
      [octets(192, 168, 0, 0), 16],
      [octets(198, 18, 0, 0), 15],
      [octets(198, 51, 100, 0), 24],
      [octets(203, 0, 113, 0), 24],
      [octets(224, 0, 0, 0), 4],
      [octets(240, 0, 0, 0), 4],
    ];
    const anywhere = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
    const near = fc.tuple(fc.constantFrom(...closed), fc.nat(70_000)).map(([[base], offset]) => (base + offset - 35_000) >>> 0);
    fc.assert(
      fc.property(fc.oneof(anywhere, near), (value) => {
        const text = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
        if (closed.some(([base, bits]) => within(value, base, bits))) expect(addressReach(text).reach).not.toBe('public');
      }),
      { numRuns: 3000 },
    );
  });

  it('finds no IPv4 address public that hides in an IPv6 one', () => {
    const prefixes = ['::ffff:', '::', '64:ff9b::', '2002:', '64:ff9b:1::', '::ffff:0:'];
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom(...prefixes), (four, prefix) => {
        const [a = 0, b = 0, c = 0, d = 0] = four.split('.').map(Number);
        const hex = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect(addressReach(prefix === '2002:' ? `2002:${hex}::` : `${prefix}${hex}`).reach).not.toBe('public');
      }),
    );
  });
});

describe('AddressRange', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['10.0.0.0/8', '::ffff:10.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['fd12::/16', 'fd12:99::1', true],
    ['0.0.0.0/0', '::1', false],
  ])('%s has %s: %s', (range, address, has) => expect(AddressRange.parse(range)?.has(address)).toBe(has));
  it.each(['10.0.0.0/33', '10', '0x0a.0.0.1', 'example.com', '10.0.0/8', ''])('is not %j', (text) =>
    expect(AddressRange.parse(text)).toBeUndefined(),
  );
});
