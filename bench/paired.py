"""Times dinomaly_bench against eager.py on one device, both in one run and taking turns, beside the device's own peak.

Prints a table and writes JSON. A ratio is that of two neighbouring times; the table gives the median of all rounds with the
smallest and the largest. Needs a python3 with torch.

  python3 bench/paired.py --bench build/gpu/dinomaly_bench [--device cuda] [--sizes base,small] [--batches 1,8,64]
    [--rounds 7] [--train-batch 16] [--seconds 240] [--out results.json]
"""
import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import torch

HERE = pathlib.Path(__file__).parent
WARM_UP = 3

# dim, heads, depth, last target; multiply-accumulates of an image at 392 without attention products, in G (table 4).
SIZES = {"small": (384, 6, 12, 9, 26.28), "base": (768, 12, 12, 9, 104.69), "large": (1024, 16, 24, 18, 275.32)}
TOKENS, DECODER_DEPTH, HEAD_WIDTH = 28 * 28 + 5, 8, 64


def gflop(size):
    """Floating-point operations of scoring one image, in G, attention products included."""
    dim, _, _, last, macs = SIZES[size]
    softmax = (last + 1) * 2 * TOKENS * TOKENS * dim
    linear = DECODER_DEPTH * 2 * TOKENS * HEAD_WIDTH * dim
    return 2 * (macs + (softmax + linear) / 1e9)


class Side:
    """A program that answers lines with seconds."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.version = json.loads(self.process.stdout.readline())["version"]

    def time(self, line):
        """Seconds, or the text of a failure."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        try:
            return float(answer)
        except ValueError:
            return answer or f"ended with status {self.process.wait()}"

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def synchronised_seconds(device, work, repeats=10):
    def wait():
        if device == "cuda":
            torch.cuda.synchronize()

    times = []
    for _ in range(repeats + 2):
        wait()
        start = time.perf_counter()
        work()
        wait()
        times.append(time.perf_counter() - start)
    return min(times[2:])


def peaks(device):
    """What the device does at best: products in TFLOP/s on random data, copies in GB/s, bytes read and written counted."""
    side = 8192 if device == "cuda" else 2048
    found = {}
    torch.backends.cuda.matmul.allow_tf32 = False
    for name, kind in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        a, b = torch.randn(2, side, side, device=device, dtype=kind).unbind()
        found[f"{name} TFLOP/s"] = round(2 * side**3 / synchronised_seconds(device, lambda: a @ b) / 1e12, 3)
    block = torch.empty(2**30 if device == "cuda" else 2**27, dtype=torch.uint8, device=device)
    target = torch.empty_like(block)
    found["copy GB/s"] = round(2 * block.numel() / synchronised_seconds(device, lambda: target.copy_(block)) / 1e9, 1)
    return found


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def measure(ours, theirs, line, rival_line, rounds):
    """Rates and ratios of one row, or what failed."""
    for _ in range(WARM_UP):
        first = ours.time(line), theirs.time(rival_line)
    failed = {name: answer for name, answer in zip(("ours", "theirs"), first) if isinstance(answer, str)}
    if failed:
        return {"failed": failed}
    pairs = [(ours.time(line), theirs.time(rival_line)) for _ in range(rounds)]
    return {
        "seconds": spread([mine for mine, _ in pairs]),
        "rivalSeconds": spread([other for _, other in pairs]),
        "timesFaster": spread([other / mine for mine, other in pairs]),
    }


def rows(size, options):
    """(what, batch, our precision, the rival's precision) in the order of their worth."""
    for batch in options.batches:
        yield "network", batch, "fp32", "fp32"
        yield "network", batch, "bf16", "fp32"
        yield "network", batch, "bf16", "bf16"
        # Each shape is compiled anew, which takes longer than all else.
        if size == options.sizes[0] and batch in (min(options.batches), max(options.batches)):
            yield "network", batch, "bf16", "compiled"
        yield "score", batch, "bf16", "fp32"
    # Pictures in host memory against crops that the device holds already, both ours.
    yield "stream", max(options.batches), "bf16", "network"
    yield "train", options.train_batch, "fp32", "fp32"
    yield "cached", options.train_batch, "fp32", "fp32"


def show(row, size, peak):
    head = f"{size:6} {row['what']:8} {row['batch']:3} {row['precision']:5} vs {row['rival']:9}"
    if "failed" in row:
        return f"{head} {row['failed']}"
    rate = row["batch"] / row["seconds"]["median"]
    share = 100 * rate * gflop(size) / 1000 / peak[f"{row['precision']} TFLOP/s"]
    told = f"{rate:9.2f} images/s {share:5.1f} % of peak"
    if row["what"] in ("train", "cached"):
        told = f"{1 / row['seconds']['median']:9.2f} steps/s" + 16 * " "
    ratio = row["timesFaster"]
    return f"{head} {told}  {ratio['median']:6.2f} times faster ({ratio['min']:.2f} to {ratio['max']:.2f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bench", required=True)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--sizes", default="base,small", type=lambda text: text.split(","))
    parser.add_argument("--batches", default="1,8,64", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--rounds", default=7, type=int)
    parser.add_argument("--train-batch", default=16, type=int)
    parser.add_argument("--seconds", default=240, type=float, help="rows that do not fit are left out, and named")
    parser.add_argument("--out")
    options = parser.parse_args()

    start = time.perf_counter()
    machine = torch.cuda.get_device_name() if options.device == "cuda" else platform.processor() or platform.machine()
    peak = peaks(options.device)
    print(f"{machine}: " + ", ".join(f"{value} {name}" for name, value in peak.items()), flush=True)
    report = {"device": machine, "cores": os.cpu_count(), "peak": peak, "rounds": options.rounds, "rows": [], "leftOut": []}
    for size in options.sizes:
        dim, heads, depth, last, _ = SIZES[size]
        shape = [dim, heads, depth, 14, 4, 392, last]
        ours = Side([options.bench, options.device, size])
        theirs = Side([sys.executable, str(HERE / "eager.py"), options.device, *map(str, shape)])
        report["versions"] = [ours.version, theirs.version]
        for what, batch, mine, other in rows(size, options):
            row = {"encoder": size, "what": what, "batch": batch, "precision": mine, "rival": other}
            if time.perf_counter() - start > options.seconds:
                report["leftOut"].append(row)
                continue
            rival, line = (ours, f"network {batch} {mine}") if what == "stream" else (theirs, f"{what} {batch} {other}")
            row.update(measure(ours, rival, f"{what} {batch} {mine}", line, options.rounds))
            report["rows"].append(row)
            print(show(row, size, peak), flush=True)
        ours.close()
        theirs.close()
    if report["leftOut"]:
        print(f"{len(report['leftOut'])} rows were left out for want of time: --seconds", flush=True)
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(report, indent=1) + "\n")


main()
