// SPDX-License-Identifier: Apache-2.0
// Prints the table of HL7 v2 segments, fields and data types of all versions, from the package hl7-dictionary. One line for what
// holds in a run of versions, tabs between:
//     S or D · segment or data type · number · data type · R or O · * when it repeats · longest · HL7 table · first version · last version · name
// usage: node pack_fields.js PACKAGE-FOLDER OUTPUT
const fs = require("fs");
const path = require("path");

const [folder, output] = process.argv.slice(2);
const { definitions } = require(path.resolve(folder));
const versions = Object.keys(definitions).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const rows = new Map(); // key -> runs, in the order of the versions

function note(kind, holder, number, item, version) {
  const name = String(item.desc || "").replace(/\s+/g, " ").trim();
  const facts = [item.datatype || "-", item.opt === 2 ? "R" : "O", item.rep === 1 ? "-" : "*", item.len || "-", item.table || "-", name].join("\t");
  const key = [kind, holder, number].join("\t");
  if (!rows.has(key)) rows.set(key, []);
  const runs = rows.get(key);
  const last = runs[runs.length - 1];
  if (last && last.facts === facts && versions.indexOf(last.to) + 1 === versions.indexOf(version)) last.to = version;
  else runs.push({ facts, from: version, to: version });
}

for (const version of versions) {
  const { segments, fields } = definitions[version];
  for (const [name, segment] of Object.entries(segments)) segment.fields.forEach((field, i) => note("S", name, i + 1, field, version));
  for (const [name, type] of Object.entries(fields)) (type.subfields || []).forEach((part, i) => note("D", name, i + 1, part, version));
}

const lines = ["# versions\t" + versions.join("\t")];
for (const [key, runs] of rows)
  for (const run of runs) {
    const facts = run.facts.split("\t");
    lines.push([key, ...facts.slice(0, 5), run.from, run.to, facts[5]].join("\t"));
  }
fs.writeFileSync(output + ".new", lines.join("\n") + "\n");
fs.renameSync(output + ".new", output);
