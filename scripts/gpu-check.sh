#!/usr/bin/env bash
# Everything that only a GPU can show, in one call of a few minutes: builds the core against the CUDA torch of python3 (or
# DINOMALY_LIBTORCH), runs ctest, parity on the device, a profile of its kernels, and a benchmark against eager PyTorch. Needs an NVIDIA GPU, python3
# with torch 2.11 or later, CMake, ninja and a C++20 compiler; no Node and no network.
#
#   scripts/gpu-check.sh [--out FOLDER] [--js ARCHIVE] [--steps LIST] [--bench-seconds N] [--device cuda|cpu]
#
# --out            where table.txt, results.json, bench.json, profile.log and the logs go; default: build/gpu
# --js             what scripts/gpu-pack.sh made: Node, modules and dist; the addon is then built and its CUDA tests run
# --steps          of what is built: ctest, parity, js, profile, bench; default: all of them
# --bench-seconds  at most about this long for the benchmark; default: 200
# --device cpu     tries the script itself where there is no GPU
#
# Goes on after a failure, so that one run shows all of them; ends with 1 if anything failed.
set -uo pipefail
cd "$(dirname "$0")/.."

out=build/gpu
js=''
steps=ctest,parity,js,profile,bench
bench_seconds=200
device=cuda
while [ $# -gt 0 ]; do
  case "$1" in
    --out) out="$2" ;;
    --js) js="$2" ;;
    --steps) steps="$2" ;;
    --bench-seconds) bench_seconds="$2" ;;
    --device) device="$2" ;;
    *) sed -n '2,16p' "$0" >&2; exit 2 ;;
  esac
  shift 2
done

build=build/gpu
mkdir -p "$out" "$build"
: >"$out/steps.tsv"
: >"$out/table.txt"
failed=0

# step NAME COMMAND...: runs it with its output in NAME.log, and notes outcome and seconds.
step() {
  local name="$1" start=$EPOCHREALTIME status=0 outcome=ok
  shift
  "$@" >"$out/$name.log" 2>&1 || status=$?
  if [ "$status" != 0 ]; then
    outcome=FAILED
    failed=1
  fi
  printf '%s\t%s\t%.1f\n' "$name" "$outcome" "$(echo "$EPOCHREALTIME $start" | awk '{print $1 - $2}')" >>"$out/steps.tsv"
  printf '%-10s %-6s %6.1f s\n' "$name" "$outcome" "$(echo "$EPOCHREALTIME $start" | awk '{print $1 - $2}')" |
    tee -a "$out/table.txt"
  [ "$outcome" = ok ] || grep -E 'error|FAIL|✘|\*\*\*|Error' "$out/$name.log" | head -n 40
  return 0
}

libtorch="${DINOMALY_LIBTORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}"
export DINOMALY_LIBTORCH="$libtorch"

modules=''
if [ -n "$js" ]; then
  modules="$PWD/$build/js"
  mkdir -p "$modules"
  tar -xf "$js" -C "$modules"
fi

configure() {
  local napi=()
  [ -z "$modules" ] || napi=("-DCMAKE_JS_INC=$modules/node_modules/node-api-headers/include;$modules/node_modules/node-addon-api")
  cmake -G Ninja -S . -B "$build" -DDINOMALY_LIBTORCH="$libtorch" -DDINOMALY_TESTS=ON -DCMAKE_BUILD_TYPE=Release "${napi[@]}"
}

machine() {
  python3 - <<'PYTHON' || return 1
import torch, platform
print(platform.platform(), torch.__version__, torch.version.cuda)
if torch.cuda.is_available():
    card = torch.cuda.get_device_properties(0)
    print(card.name, card.total_memory, card.multi_processor_count, f"{card.major}.{card.minor}")
PYTHON
  command -v nvidia-smi >/dev/null && nvidia-smi
  [ "$device" = cpu ] || python3 -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'
}

# Runs the command and shows its output; a skipped test is a failure on a GPU, since there it had to run.
none_skipped() {
  local log status=0
  log="$(mktemp)"
  "$@" >"$log" 2>&1 || status=1
  cat "$log"
  if [ "$device" = cuda ] && grep -qiE 'skip(ped)?\b' "$log"; then
    echo 'Error: a test that needs the GPU was skipped'
    status=1
  fi
  rm -f "$log"
  return $status
}

run_ctest() {
  # Tests that allocate a large part of the device must not meet.
  local status=0
  OMP_NUM_THREADS=2 ctest --test-dir "$build" --output-on-failure --no-tests=error --parallel "$(nproc)" \
    --exclude-regex '^CUDA: ' || status=1
  none_skipped ctest --test-dir "$build" --output-on-failure --no-tests=error --tests-regex '^CUDA: ' || status=1
  return $status
}

run_parity() {
  local folder status=0
  for folder in test/fixtures/cases test/fixtures/softmax test/fixtures/variants/* test/fixtures/recipes/*; do
    echo "== $folder"
    "$build/dinomaly_parity" --device "$device" "$folder" || status=1
  done
  return $status
}

run_js() {
  # dist and node_modules where the tests look for them, unless this is a checkout that has its own. Not as links: dist
  # finds the addon by where it is itself.
  local name
  for name in node_modules dist; do
    [ -e "$name" ] || cp -r "$modules/$name" "$name"
  done
  PATH="$modules:$PATH" none_skipped "$modules/node" node_modules/ava/entrypoints/cli.mjs 'test/cuda/**/*.test.ts'
}

# Milliseconds of a pass by kernel, at the smallest batch and at a large one.
run_profile() {
  local line
  for line in 'profile 1 bf16' 'profile 64 bf16'; do
    echo "== $line"
    printf '%s\n' "${line/profile/network}" "$line" | "$build/dinomaly_bench" "$device" base | python3 -c '
import json, sys
answers = sys.stdin.read().splitlines()
kernels = [json.loads(line)["kernels"] for line in answers if "\"kernels\"" in line]
if not kernels:
    sys.exit("\n".join(answers))
total = sum(kernel["ms"] for kernel in kernels[0])
for kernel in kernels[0]:
    print("%8.3f ms %5.1f %% %5d  %s" % (kernel["ms"], 100 * kernel["ms"] / total, kernel["calls"], kernel["name"][:150]))
' || return 1
  done
}

step machine machine
step configure configure
step build cmake --build "$build"
if [ "$failed" = 1 ]; then
  echo 'There is nothing to run.' >&2
  exit 1
fi
wanted() { [[ ",$steps," == *",$1,"* ]]; }
! wanted ctest || step ctest run_ctest
! wanted parity || step parity run_parity
[ -z "$modules" ] || ! wanted js || step js run_js
! wanted profile || step profile run_profile
if wanted bench; then
  step bench python3 bench/paired.py --device "$device" --bench "$build/dinomaly_bench" --seconds "$bench_seconds" \
    --out "$out/bench.json"
  cat "$out/bench.log" >>"$out/table.txt"
fi

python3 - "$out" "$device" <<'PYTHON'
import json, pathlib, re, sys
out, device = pathlib.Path(sys.argv[1]), sys.argv[2]
steps = [line.split("\t") for line in (out / "steps.tsv").read_text().splitlines()]
log = lambda name: (out / f"{name}.log").read_text() if (out / f"{name}.log").exists() else ""
parity = {}
folder = ""
for line in log("parity").splitlines():
    if line.startswith("== "):
        folder = line[3:]
    elif match := re.match(r"(ok|FAIL)\s+(.*?)\s+error\s+(\S+)\s+allowed\s+(\S+)", line):
        parity.setdefault(folder, {})[match[2]] = {"ok": match[1] == "ok", "error": float(match[3]), "allowed": float(match[4])}
report = {
    "machine": log("machine").splitlines()[:2],
    "device": device,
    "steps": [{"name": name, "outcome": outcome, "seconds": float(seconds)} for name, outcome, seconds in steps],
    "parity": parity,
    "bench": json.loads((out / "bench.json").read_text()) if (out / "bench.json").exists() else None,
}
(out / "results.json").write_text(json.dumps(report, indent=1) + "\n")
PYTHON

echo
cat "$out/table.txt"
exit $failed
