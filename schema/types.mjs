// Makes <contract>.ts from <contract>.json: one namespace-free module per contract, types only.
// Usage: node types.mjs [folder], where the schemas are and the types go; this script's own folder if none is given.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compile } from "json-schema-to-typescript";

const folder = process.argv[2] ?? import.meta.dirname;
const contracts = ["open-token", "datanet", "model", "stake", "attribution", "settlement", "timelock"];

/** All messages and responses of a contract under one root, so that shared definitions are written once. */
function wholeApi(api) {
  const definitions = {};
  const properties = {};
  const add = (name, schema) => {
    if (!schema) return;
    const { definitions: inner, $schema, ...rest } = schema;
    Object.assign(definitions, inner);
    properties[name] = rest;
  };
  for (const part of ["instantiate", "execute", "query", "migrate"]) add(part, api[part]);
  const responses = {};
  for (const [query, schema] of Object.entries(api.responses ?? {})) {
    const { definitions: inner, $schema, ...rest } = schema;
    Object.assign(definitions, inner);
    responses[query] = { ...rest, title: `${rest.title ?? "Response"}` };
  }
  properties.responses = {
    title: "Responses",
    type: "object",
    description: "What each query returns.",
    properties: responses,
    required: Object.keys(responses),
    additionalProperties: false,
  };
  return {
    title: "Api",
    description: `Messages of the contract ${api.contract_name}.`,
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    definitions,
  };
}

for (const contract of contracts) {
  const api = JSON.parse(await readFile(join(folder, `${contract}.json`), "utf8"));
  const types = await compile(wholeApi(api), "Api", {
    additionalProperties: false,
    bannerComment: `// Generated from ${contract}.json by types.mjs; do not edit.`,
    format: true,
  });
  await writeFile(join(folder, `${contract}.ts`), types);
}
