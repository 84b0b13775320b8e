// Gives MCP's conformance package the one function of `fs` that Node has from version 22 on. The package imports it to rate an SDK; no
// scenario calls it.

import * as fs from 'node:fs';
import { register } from 'node:module';

const code = (text) => `data:text/javascript,${encodeURIComponent(text)}`;

if (!fs.globSync) {
  const larger = code("export * from 'node:fs'; export const globSync = () => { throw new Error('Node 22 is needed'); };");
  const hook = (specifier, context, next) => {
    const isTheirs = specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/');
    return isTheirs ? { url: LARGER, shortCircuit: true } : next(specifier, context);
  };
  register(code(`const LARGER = ${JSON.stringify(larger)}; export const resolve = ${hook};`));
}
