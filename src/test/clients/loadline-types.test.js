// The client is what its types say, needs nothing, and is small.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import * as client from "./client/loadline.js";

const source = readFileSync("client/loadline.js", "utf8");
const types = readFileSync("client/loadline.d.ts", "utf8");

test("it exports exactly what its types declare", () => {
  const declared = [...types.matchAll(/^export declare \w+ (\w+)/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(client).sort(), declared.sort());
});

test("its classes have the members that are declared, and no others that are public", () => {
  for (const [, name, body] of types.matchAll(/^export declare class (\w+)[^{]*\{\n(.*?)^\}/gms)) {
    const methods = [...body.matchAll(/^ {2}(?!constructor)(\w+)\(/gm)].map(([, method]) => method);
    const { prototype } = client[name];
    const shown = Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([each, { value }]) => value && each !== "constructor" && !each.startsWith("_"))
      .map(([each]) => each);
    const inherited = methods.filter((each) => !shown.includes(each));
    assert.deepEqual(shown.sort(), methods.filter((each) => each !== "on" || shown.includes(each)).filter((each, i, all) => all.indexOf(each) === i).sort(), name);
    for (const each of inherited) assert.equal(typeof prototype[each], "function", `${name}.${each}`);
  }
});

test("it is one module without imports, under 12 KiB gzipped", () => {
  assert.doesNotMatch(source, /^\s*import\s.*from|import\(|require\(/m);
  const size = gzipSync(source).length;
  assert.ok(size < 12 * 1024, `${size} bytes`);
});

test("a program in TypeScript that uses all of it compiles, one that misuses it does not", () => {
  const tsc = ["node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022"];
  const flags = ["--module", "nodenext", "--lib", "es2023,dom", "--types", "", "--skipLibCheck", "false"];
  execFileSync("node", [...tsc, ...flags, "loadline-usage.ts"], { encoding: "utf8", stdio: "pipe" });
});
