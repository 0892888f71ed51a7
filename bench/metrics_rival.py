"""The paper's seven metrics as its authors compute them: scikit-learn over all pixels, and for AUPRO a loop over 200
thresholds, all pictures and all regions with scikit-image. Part of bench/metrics.ts.

    python3 metrics_rival.py MAPS MASKS SCORES PICTURES HEIGHT WIDTH

The files are raw float32, uint8 (0 and 1) and float64. Prints the versions, then computes once for each line it reads and
answers with a line of JSON: the seconds and the seven.
"""

import json
import sys
import time

import numpy as np
import skimage
import sklearn
from skimage import measure
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score


def f1_max(truth, scores):
    precision, recall, _ = precision_recall_curve(truth, scores)
    f1 = 2 * precision * recall / (precision + recall + 1e-7)
    return float(f1[:-1].max())


def aupro(masks, maps, steps=200, limit=0.3):
    lowest, highest = maps.min(), maps.max()
    rates, overlaps = [], []
    for threshold in np.arange(lowest, highest, (highest - lowest) / steps):
        above = maps > threshold
        shares = []
        for found, mask in zip(above, masks):
            for region in measure.regionprops(measure.label(mask)):
                rows, columns = region.coords.T
                shares.append(found[rows, columns].sum() / region.area)
        normal = 1 - masks
        rates.append(np.logical_and(normal, above).sum() / normal.sum())
        overlaps.append(np.mean(shares))
    rates, overlaps = np.array(rates), np.array(overlaps)
    kept = rates < limit
    x, y = rates[kept] / rates[kept].max(), overlaps[kept]
    return float(((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2).sum())


def seven(maps, masks, scores):
    labels = masks.any(axis=(1, 2)).astype(int)
    result = {}
    for level, truth, values in (("image", labels, scores), ("pixel", masks.ravel(), maps.ravel())):
        result[level + "Auroc"] = float(roc_auc_score(truth, values))
        result[level + "Ap"] = float(average_precision_score(truth, values))
        result[level + "F1Max"] = f1_max(truth, values)
    return result | {"aupro": aupro(masks, maps)}


def main():
    maps_file, masks_file, scores_file = sys.argv[1:4]
    shape = tuple(int(size) for size in sys.argv[4:7])
    maps = np.fromfile(maps_file, np.float32).reshape(shape)
    masks = np.fromfile(masks_file, np.uint8).reshape(shape)
    scores = np.fromfile(scores_file, np.float64)
    print(f"scikit-learn {sklearn.__version__}, scikit-image {skimage.__version__}", flush=True)
    for _ in sys.stdin:
        started = time.perf_counter()
        metrics = seven(maps, masks, scores)
        print(json.dumps({"seconds": time.perf_counter() - started, "metrics": metrics}), flush=True)


if __name__ == "__main__":
    main()
