// SPDX-License-Identifier: Apache-2.0
// Evaluates FHIRPath with the npm package fhirpath. Reads JSON lines {id, file, expression}, writes {id, items} or {id, error}; an item is
// {text} for values and {json} for elements.
const fs = require('fs');
const readline = require('readline');
const fhirpath = require('fhirpath');
const model = require('fhirpath/fhir-context/r4');

const read = new Map();
const resource = file => {
  if (!read.has(file)) read.set(file, JSON.parse(fs.readFileSync(file, 'utf8')));
  return read.get(file);
};
const item = value => {
  if (value === null || value === undefined) return {text: ''};
  if (typeof value !== 'object') return {text: String(value)};
  if (value.constructor && value.constructor.name !== 'Object' && !Array.isArray(value)) return {text: value.toString()};
  return {json: value};
};

readline.createInterface({input: process.stdin}).on('line', line => {
  const {id, file, expression} = JSON.parse(line);
  try {
    const found = fhirpath.evaluate(resource(file), expression, {resource: resource(file)}, model, {traceFn: () => {}});
    process.stdout.write(JSON.stringify({id, items: found.map(item)}) + '\n');
  } catch (error) {
    process.stdout.write(JSON.stringify({id, error: String(error.message || error).slice(0, 300)}) + '\n');
  }
});
