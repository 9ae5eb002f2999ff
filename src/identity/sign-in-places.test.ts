import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignInPlaces } from './sign-in-places.ts';

describe('SignInPlaces', () => {
  it('gives one address so many, and others theirs', () => {
    const places = new SignInPlaces({ max: 10, perOriginMax: 2 });
    const leave = places.take('192.0.2.1');
    assert(leave !== undefined);
    assert(places.take('192.0.2.1') !== undefined);
    assert.equal(places.take('192.0.2.1'), undefined);
    assert(places.take('192.0.2.2') !== undefined);
    leave();
    leave();
    assert(places.take('192.0.2.1') !== undefined);
    assert.equal(places.take('192.0.2.1'), undefined, 'it was given back once');
  });

  it('gives all together so many', () => {
    const places = new SignInPlaces({ max: 2, perOriginMax: 2 });
    const leave = places.take('192.0.2.1');
    assert(places.take('192.0.2.2') !== undefined);
    assert.equal(places.take('192.0.2.3'), undefined);
    leave?.();
    assert(places.take('192.0.2.3') !== undefined);
  });

  it('counts a network of IPv6 as one: a client has many addresses there', () => {
    const places = new SignInPlaces({ max: 10, perOriginMax: 1 });
    assert(places.take('2001:db8:1::1') !== undefined);
    assert.equal(places.take('2001:db8:1::2'), undefined);
    assert(places.take('2001:db8:2::1') !== undefined);
  });
});
