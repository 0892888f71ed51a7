#!/usr/bin/env bash
# Packs what scripts/gpu-check.sh --js needs on a machine without Node and network: this Node without its symbols, the
# modules that the tests load, and dist. Run after `npm run setup`.
#
#   scripts/gpu-pack.sh ARCHIVE.tar.xz
set -euo pipefail
cd "$(dirname "$0")/.."
archive="$(realpath -m "${1:?usage: scripts/gpu-pack.sh ARCHIVE.tar.xz}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

strip --strip-all -o "$folder/node" "$(node -p process.execPath)"
cp -r dist "$folder/dist"
# Linters, compilers, browsers and other test runners stay here.
cp package.json package-lock.json "$folder/"
node - "$folder/package.json" <<'SCRIPT'
const { readFileSync, writeFileSync } = require('node:fs');
const file = process.argv[2];
const manifest = JSON.parse(readFileSync(file, 'utf8'));
const { ava, tsx } = manifest.devDependencies;
const { workspaces, optionalDependencies, ...rest } = manifest;
writeFileSync(file, JSON.stringify({ ...rest, scripts: {}, devDependencies: { ava, tsx } }));
SCRIPT
npm install --prefix "$folder" --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel error
tar -C "$folder" -c node node_modules dist | xz -6 -T0 >"$archive"
ls -lh "$archive"
