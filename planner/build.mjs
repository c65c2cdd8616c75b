// Bundles the page's program into flr/planner/templates/, and with --tests the tests into build/.
import { build } from "esbuild";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const shared = { bundle: true, charset: "utf8", logLevel: "warning", legalComments: "none" };

if (process.argv.includes("--tests")) {
  rmSync("build", { recursive: true, force: true });
  mkdirSync("build");
  const tests = readdirSync("test").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "build",
    outExtension: { ".js": ".mjs" },
    format: "esm",
    platform: "node",
    target: "node18",
  });
} else {
  const folder = process.argv[2] ?? "../flr/planner/templates";
  await build({
    ...shared,
    entryPoints: ["src/page.ts"],
    outfile: `${folder}/planner.js`,
    format: "iife",
    minify: true,
    target: "es2022",
  });
  // Inside a page nothing may look like the end of its element, or like a comment.
  const program = readFileSync(`${folder}/planner.js`, "utf8");
  if (/<\/script|<!--/i.test(program)) throw new Error("the program holds what would end its element");
  const bundled = ["three", "delaunator", "robust-predicates"];
  const licences = bundled.map((name) => {
    const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const file = readdirSync(`node_modules/${name}`).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(`node_modules/${name}/${file}`, "utf8").trim() : "";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(`${folder}/licences.txt`, licences.join("\n"));
}
