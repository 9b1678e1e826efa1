// SPDX-License-Identifier: Apache-2.0
// node rate-run.js fhir FILE [ROUNDS]                 checks each resource of an NDJSON file with the npm package fhir
// node rate-run.js fhirpath FILE EXPRESSIONS [ROUNDS] evaluates expressions (a type and an expression a line) with fhirpath 4.x
// Prints a line of JSON like benchmarks/validate_rate. Times are of parsing the JSON and the work; the best of the rounds.
const fs = require('fs');

const [mode, file, ...more] = process.argv.slice(2);
const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
const rounds = Number(more[mode === 'fhir' ? 0 : 1] || 3);
const begun = process.hrtime.bigint();
let work;
if (mode === 'fhir') {
  const {Fhir} = require('fhir');
  const fhir = new Fhir();
  work = resource => fhir.validate(resource, {}).messages.filter(message => message.severity === 'error' || message.severity === 'fatal').length;
} else {
  const fhirpath = require('fhirpath-4');
  const model = require('fhirpath-4/fhir-context/r4');
  const compiled = new Map();
  for (const line of fs.readFileSync(more[0], 'utf8').split('\n').filter(Boolean)) {
    const [type, expression] = line.split('\t');
    if (!compiled.has(type)) compiled.set(type, []);
    compiled.get(type).push(fhirpath.compile(expression, model, {traceFn: () => {}}));
  }
  work = resource => {
    let found = 0;
    for (const program of compiled.get(resource.resourceType) || []) {
      try {
        found += program(resource, {resource}).length;
      } catch (ignored) {
        // counts as nothing found
      }
    }
    return found;
  };
}
const opened = Number(process.hrtime.bigint() - begun) / 1e9;

function round() {
  const all = [], types = {};
  let found = 0;
  const start = process.hrtime.bigint();
  for (const line of lines) {
    const from = process.hrtime.bigint();
    const resource = JSON.parse(line);
    found += work(resource);
    const took = Number(process.hrtime.bigint() - from) / 1000;
    all.push(took);
    (types[resource.resourceType] = types[resource.resourceType] || []).push(took);
  }
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const percentile = (times, part) => times.sort((a, b) => a - b)[Math.floor(part * (times.length - 1))] || 0;
  const described = times => ({count: times.length, p50_us: percentile(times, 0.5), p99_us: percentile(times, 0.99)});
  return {found, seconds, rate: lines.length / seconds, max_us: percentile(all, 1), ...described(all),
    types: Object.fromEntries(Object.entries(types).map(([type, times]) => [type, described(times)]))};
}

const first = round();
let best = first;
for (let i = 1; i < rounds; ++i) {
  const next = round();
  if (next.seconds < best.seconds) best = next;
}
const peak = /VmHWM:\s+(\d+)/.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1] / 1024;
console.log(JSON.stringify({resources: lines.length, unread: 0, found: first.found, open_seconds: opened, peak_mb: peak, first, best}));
