#!/usr/bin/env node
/** The `dinomaly` command. */
import './pool.js';
import { runCli } from './program.js';

void runCli(process.argv.slice(2)).then((code) => {
  // Not process.exit(): what is still in the pipes of stdout and stderr would be lost.
  process.exitCode = code;
});
