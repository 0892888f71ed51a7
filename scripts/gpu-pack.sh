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
mkdir "$folder/node_modules"
# Linters, compilers and browsers stay here.
for name in node_modules/*; do
  case "$(basename "$name")" in
    @biomejs | @typescript | typescript | @types | playwright-core | axe-core | node-gyp | prebuildify) ;;
    *) cp -r "$name" "$folder/node_modules/" ;;
  esac
done
rm -rf "$folder"/node_modules/@img/*musl* "$folder"/node_modules/@napi-rs/*musl*
tar -C "$folder" -c node node_modules dist | xz -6 -T0 >"$archive"
ls -lh "$archive"
