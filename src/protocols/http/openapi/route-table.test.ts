import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readOpenapiPaths } from '../../../configuration/openapi-paths.ts';
import { RouteTable } from './route-table.ts';

const DOCUMENT = `
openapi: 3.1.0
servers:
  - url: https://api.example/v1/
paths:
  /patients: {get: {}}
  /patients/{id}: {get: {}}
  /patients/mine: {get: {}}
  /patients/{id}/notes/{note}: {get: {}}
  /patients/mine/labs: {get: {}}
  /reports/{id}.json: {get: {}}
  /reports/{id}: {get: {}}
  /days/{year}-{month}-{day}.{hour}.json: {get: {}}
  /Größe/$all: {get: {}}
`;

describe('RouteTable', () => {
  const read = readOpenapiPaths(Buffer.from(DOCUMENT));
  const table = new RouteTable(read?.templates ?? [], read?.bases ?? []);

  it('finds the most specific template', () => {
    for (const [path, template] of [
      ['/patients', '/patients'],
      ['/patients/1', '/patients/{id}'],
      ['/patients/mine', '/patients/mine'],
      ['/patients/mine/labs', '/patients/mine/labs'],
      ['/patients/mine/notes/2', '/patients/{id}/notes/{note}'],
      ['/reports/a.json', '/reports/{id}.json'],
      ['/reports/.json', '/reports/{id}'],
      ['/reports/a.xml', '/reports/{id}'],
      ['/days/2024-05-01.12.json', '/days/{year}-{month}-{day}.{hour}.json'],
      ['/days/2024-05-01.json.json', '/days/{year}-{month}-{day}.{hour}.json'],
      ['/days/-----.-.json', '/days/{year}-{month}-{day}.{hour}.json'],
      ['/days/2024-05-01..json', ''],
      ['/days/2024-05-01.json', ''],
      ['/days/2024--01.12.json', ''],
      ['/v1/patients/1', '/patients/{id}'],
      ['/Gr%C3%B6%C3%9Fe/$all', '/Größe/$all'],
    ]) {
      assert.equal(table.find(path as string), template, path);
    }
  });

  it('looks at a segment in time that grows with its length', () => {
    // With its third power it would take hours, and the run of tests would end.
    assert.equal(table.find(`/days/${'-.'.repeat(20_000)}`), '');
  });

  it('finds none for what the document does not have', () => {
    for (const path of [
      '/',
      '/patients/',
      '/patients/1/',
      '/patients/1/notes',
      '/v2/patients',
      '*',
    ]) {
      assert.equal(table.find(path), '', path);
    }
  });

  it('reads JSON too, and nothing that is no document of version 3', () => {
    const json = Buffer.from('{"openapi": "3.0.3", "paths": {"/a": {}, "x-b": {}}}');
    assert.deepEqual(readOpenapiPaths(json), { templates: ['/a'], bases: [''] });
    for (const text of ['', '{', 'swagger: "2.0"', 'openapi: 3.1.0\npaths: []', '[1]', ': :']) {
      assert.equal(readOpenapiPaths(Buffer.from(text)), undefined, text);
    }
  });
});
