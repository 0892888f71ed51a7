"""How a rival answers: the first line says what it is, each further line of standard input is answered with one. All is JSON.

  score BATCH     -> {"seconds": s}: the first BATCH pictures, from uint8 pixels to maps and scores
  map FILE        -> {}: writes the map of the first picture, fp32
"""
import json
import os
import sys
import time
import traceback

import numpy


def tell(answer):
    print(json.dumps(answer), flush=True)


def reason_of(error):
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:300]


def read_pixels(file, crop):
    """uint8 [B, H, W, 3]"""
    return numpy.fromfile(file, numpy.uint8).reshape(-1, crop, crop, 3)


def answer_lines(pixels, make):
    """make() -> a version, and score: uint8 [B, H, W, 3] -> maps [B, 256, 256], as arrays of numpy."""
    try:
        version, score = make()
    except Exception as error:
        traceback.print_exc()
        tell({"absent": reason_of(error)})
        return
    tell({"version": version, "threads": int(os.environ["OMP_NUM_THREADS"])})
    for line in sys.stdin:
        what, argument = line.split(maxsplit=1)
        try:
            if what == "map":
                score(pixels[:1])[0].astype(numpy.float32).tofile(argument.strip())
                tell({})
                continue
            batch = pixels[: int(argument)]
            start = time.perf_counter()
            score(batch)
            tell({"seconds": time.perf_counter() - start})
        except Exception as error:
            traceback.print_exc()
            tell({"failed": reason_of(error)})
