// Lints docs/openapi.json, has clients generated of it, and calls the service by them. Each line that begins with `ok` or `not run` is a row
// of the table of `cargo dev test --clients`. Usage: node run.mjs INFO

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const info = resolve(process.argv[2]);
const { url, apps } = JSON.parse(readFileSync(info, 'utf8'));
const app = apps.find(({ id }) => id === 'demo');
process.chdir(import.meta.dirname);
rmSync('out', { recursive: true, force: true });
const DOCUMENT = '../../docs/openapi.json';

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
const pinned = (name) => readFileSync('requirements.txt', 'utf8').match(new RegExp(`^${name}==(.*)$`, 'm'))[1];
const run = (program, ...words) => execFileSync(program, words, { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 1 << 28 });
const there = (program) => spawnSync('which', [program]).status === 0;

function redocly() {
  const found = spawnSync('node_modules/.bin/redocly', ['lint', DOCUMENT, '--config', 'redocly.yaml', '--format', 'json'], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const { totals, problems } = JSON.parse(found.stdout);
  assert.deepEqual([totals.errors, totals.warnings], [0, 0], problems.slice(0, 10).map(({ ruleId, message }) => `${ruleId}: ${message}`).join('\n'));
  console.log(`ok  Redocly ${version('@redocly/cli')}: the document has no error and no warning, but for two places in .redocly.lint-ignore.yaml`);
}

function spectral() {
  run('node_modules/.bin/spectral', 'lint', DOCUMENT, '--ruleset', 'spectral.yaml', '--fail-severity', 'hint');
  console.log(`ok  Spectral ${version('@stoplight/spectral-cli')}: the document has no error, warning or hint`);
}

async function typescript() {
  run('node_modules/.bin/openapi-typescript', DOCUMENT, '--output', 'out/latchet.d.ts');
  run('node_modules/.bin/tsc', '--project', 'tsconfig.json');
  const { walk } = await import('./out/js/walk.js');
  await walk(url, app.id, app.secret);
  console.log(`ok  openapi-typescript ${version('openapi-typescript')}: a walk by its types`);
}

function python() {
  run('venv/bin/openapi-python-client', 'generate', '--path', DOCUMENT, '--output-path', 'out/python', '--config', 'python.yaml', '--fail-on-warning');
  run('venv/bin/python', 'walk.py', info);
  console.log(`ok  openapi-python-client ${pinned('openapi-python-client')}: a walk by its client`);
}

function generate(language, properties, document = DOCUMENT, ...more) {
  run('venv/bin/openapi-generator-cli', 'generate', '--input-spec', document, '--generator-name', language, '--output', `out/${language}`, '--additional-properties', properties, ...more);
}

const GENERATOR = `openapi-generator ${pinned('openapi-generator-cli')}`;

function go() {
  if (!there('go')) return console.log(`not run  ${GENERATOR} for Go: golang-go is not installed`);
  generate('go', 'packageName=latchet,withGoMod=false');
  run('bash', 'go.sh', url, app.id, app.secret);
  console.log(`ok  ${GENERATOR} for Go: a walk by its client`);
}

const JARS = ['jackson-core', 'jackson-databind', 'jackson-annotations', 'httpclient', 'httpcore', 'httpmime', 'geronimo-annotation-1.3-spec', 'jsr305'];

function java() {
  const name = `${GENERATOR} for Java`;
  const missing = JARS.filter((jar) => !existsSync(`/usr/share/java/${jar}.jar`));
  if (missing.length > 0 || !there('javac')) return console.log(`not run  ${name}: ${[...missing, ...(there('javac') ? [] : ['javac'])].join(', ')} not installed`);
  // Moments stay texts: to read them takes jackson-datatype-jsr310, too.
  generate('java', 'library=native,openApiNullable=false,hideGenerationTimestamp=true', DOCUMENT, '--type-mappings', 'DateTime=String,date-time=String');
  const sources = 'out/java/src/main/java/org/openapitools/client';
  // What needs jackson-datatype-jsr310, which is in no registry that we use, has a stand-in in the folder `java`.
  for (const name of ['RFC3339JavaTimeModule', 'RFC3339InstantDeserializer']) rmSync(`${sources}/${name}.java`);
  const files = readdirSync(sources, { recursive: true }).filter((file) => file.endsWith('.java')).map((file) => `${sources}/${file}`);
  const ours = readdirSync('java').map((file) => `java/${file}`);
  const jars = JARS.map((jar) => `/usr/share/java/${jar}.jar`).join(':');
  run('javac', '-nowarn', '-Xlint:none', '-cp', jars, '-d', 'out/classes', ...files, ...ours);
  run('java', '-cp', `${jars}:out/classes`, 'Walk', url, app.id, app.secret);
  console.log(`ok  ${name}: a walk by its client, with a stand-in for jackson-datatype-jsr310`);
}

// The document without the types of values that are a string or an integer: the generator for Dart makes of such a value a class that no
// compiler takes.
function withoutUnions() {
  const plain = (_, value) => {
    if (String(value?.type) !== 'string,integer') return value;
    const { type, ...rest } = value;
    return rest;
  };
  mkdirSync('out', { recursive: true });
  writeFileSync('out/dart.json', JSON.stringify(JSON.parse(readFileSync(DOCUMENT, 'utf8'), plain)));
  return 'out/dart.json';
}

// No Dart SDK can be had from the registries that we use: what is generated, and the quickstart's file, are parsed by a grammar.
async function dart() {
  generate('dart', 'pubName=latchet', withoutUnions());
  const { Language, Parser } = await import('web-tree-sitter');
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load('node_modules/tree-sitter-wasms/out/tree-sitter-dart.wasm'));
  const made = readdirSync('out/dart/lib', { recursive: true }).filter((name) => name.endsWith('.dart'));
  const files = [...made.map((name) => `out/dart/lib/${name}`), '../../examples/mobile/auth.dart'];
  const broken = files.filter((file) => parser.parse(readFileSync(file, 'utf8')).rootNode.hasError);
  assert.deepEqual(broken, []);
  console.log(`not run  ${GENERATOR} for Dart, and examples/mobile/auth.dart: no Dart SDK can be had; all ${files.length} files parse`);
}

redocly();
spectral();
await typescript();
python();
if (there('java')) {
  go();
  java();
  await dart();
} else {
  console.log(`not run  ${GENERATOR}: java is not installed`);
}
