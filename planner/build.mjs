// Bundles the page's program into flr/planner/templates/, and with --tests the tests into build/.
import { build } from "esbuild";
import { mkdirSync, readdirSync, rmSync } from "node:fs";

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
  await build({
    ...shared,
    entryPoints: ["src/page.ts"],
    outfile: process.argv[2] ?? "../flr/planner/templates/planner.js",
    format: "iife",
    minify: true,
    target: "es2022",
  });
}
