import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FieldList } from '../../../wire/http/field-list.ts';
import {
  findSiteCookie,
  isFromOwnPages,
  isNavigation,
  isOwnCookie,
  withoutOwnCookies,
} from './browser-request.ts';

const HOST = 'fhir.sallyport.example:8443';

function request(method: string, fields: Readonly<Record<string, string>>, upgrade?: string) {
  const list = FieldList.of(Object.entries(fields));
  return { method, scheme: 'https', authority: HOST, upgrade, fields: list } as const;
}

const NAVIGATION = { 'sec-fetch-mode': 'navigate', accept: 'text/html,application/xhtml+xml' };

describe('isNavigation', () => {
  it('is a page that a person opens, and nothing else', () => {
    assert(isNavigation(request('GET', NAVIGATION)));
    for (const other of [
      request('POST', NAVIGATION),
      request('GET', { ...NAVIGATION, 'sec-fetch-mode': 'cors' }),
      request('GET', { ...NAVIGATION, accept: 'application/json' }),
      request('GET', { accept: 'text/html' }),
      request('GET', NAVIGATION, 'websocket'),
    ]) {
      assert(!isNavigation(other));
    }
  });
});

describe('isFromOwnPages', () => {
  const own = `https://${HOST}`;

  it('lets pages of the target do what they like', () => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      assert(isFromOwnPages(request(method, { 'sec-fetch-site': 'same-origin' })));
      assert(isFromOwnPages(request(method, { 'sec-fetch-site': 'same-origin', origin: own })));
    }
    assert(isFromOwnPages(request('GET', { origin: own }, 'websocket')));
  });

  it('lets a person open an address, and follow a link from elsewhere', () => {
    assert(isFromOwnPages(request('GET', { ...NAVIGATION, 'sec-fetch-site': 'none' })));
    assert(isFromOwnPages(request('GET', { ...NAVIGATION, 'sec-fetch-site': 'cross-site' })));
  });

  it('lets no other page do anything, a neighbouring host neither', () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        assert(!isFromOwnPages(request(method, { 'sec-fetch-site': site })), `${method} ${site}`);
      }
      const navigation = { ...NAVIGATION, 'sec-fetch-site': site };
      assert(!isFromOwnPages(request('POST', navigation)));
      assert(!isFromOwnPages(request('GET', { 'sec-fetch-site': site }, 'websocket')));
    }
    for (const origin of ['https://evil.example', 'null', `http://${HOST}`, `${own}0`]) {
      assert(!isFromOwnPages(request('POST', { origin })));
      assert(!isFromOwnPages(request('GET', { origin }, 'websocket')));
      assert(!isFromOwnPages(request('POST', { origin, 'sec-fetch-site': 'same-origin' })));
    }
  });

  it('has a browser that says little name its origin before it changes anything', () => {
    assert(isFromOwnPages(request('GET', {})));
    assert(!isFromOwnPages(request('POST', {})));
    assert(!isFromOwnPages(request('GET', {}, 'websocket')));
    assert(isFromOwnPages(request('POST', { origin: own })));
  });
});

describe('cookies of ours', () => {
  it('are found where there is one of them', () => {
    const find = (cookie: string) => findSiteCookie(FieldList.of([['cookie', cookie]]));
    assert.equal(find('a=1; __Host-sallyport-site=x.y; b=2'), 'x.y');
    assert.equal(find('__Host-sallyport-site=x; __Host-sallyport-site=y'), undefined);
    assert.equal(find('__Host-sallyport-sites=x'), undefined);
  });

  it('never reach a target, and are never set by one', () => {
    const strip = (cookie: string) => withoutOwnCookies(FieldList.of([['cookie', cookie]]));
    const kept = strip('a=1; __Host-sallyport-site=x; __HOST-Sallyport-site-pending=z;b=2');
    assert.equal(kept.get('cookie'), 'a=1; b=2');
    assert.equal(strip('__Host-sallyport-site=x').has('cookie'), false);
    assert.equal(strip('a=1;b=2').get('cookie'), 'a=1;b=2');
    assert(isOwnCookie('__Host-sallyport-site=evil; Path=/'));
    assert(isOwnCookie(' __host-Sallyport-site=evil'));
    assert(!isOwnCookie('session=1'));
  });
});
