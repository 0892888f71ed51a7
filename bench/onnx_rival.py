"""ONNX Runtime as a rival of ours, with the weights of a model file. Answers lines as answering.py says.

  onnx-fp32      the network as torch.onnx.export writes it, every optimisation of the session on
  onnx-bf16      the same with bf16 products, which ONNX Runtime has on Arm only
  onnx-int8      after onnxruntime.quantization.quantize_dynamic: products with weights in 8 bits, weights by channel

  python3 onnx_rival.py NAME MODEL.safetensors PIXELS SHAPE  (needs onnxruntime, onnx, onnxscript, torch and numpy)

Export and quantisation run in a process of their own, so that the memory of this one is the session's.
"""
import json
import os
import pathlib
import platform
import subprocess
import sys

from answering import answer_lines, read_pixels


def export(model, shape, target):
    import torch

    from network import load_network

    network = load_network(model, shape)
    pixels = torch.zeros(2, shape["crop"], shape["crop"], 3, dtype=torch.uint8)
    torch.onnx.export(network, (pixels,), str(target), input_names=["pixels"], output_names=["maps", "scores"],
                      dynamic_shapes=({0: torch.export.Dim("batch", min=1, max=64)},), dynamo=True, verbose=False)


def quantise(source, target):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(source, target, op_types_to_quantize=["MatMul", "Gemm"], per_channel=True,
                     weight_type=QuantType.QInt8, use_external_data_format=True)


def prepared(name, model, shape):
    """The file that the session opens, made where it is not there."""
    plain = pathlib.Path(model).with_suffix(".onnx")
    wanted = plain.with_suffix(".int8.onnx") if name == "onnx-int8" else plain
    for target in dict.fromkeys((plain, wanted)):
        if not target.exists():
            command = [sys.executable, __file__, "--prepare", str(target), model, json.dumps(shape)]
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"no export: {done.stderr.strip().splitlines()[-1]}")
    return str(wanted)


def make(name, model, shape):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(os.environ["OMP_NUM_THREADS"])
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    if name == "onnx-bf16":
        if platform.machine() != "aarch64":
            raise RuntimeError("ONNX Runtime's CPU provider has bf16 products on Arm only")
        options.add_session_config_entry("mlas.enable_gemm_fastmath_arm64_bfloat16", "1")
    session = onnxruntime.InferenceSession(prepared(name, model, shape), options, ["CPUExecutionProvider"])
    return f"ONNX Runtime {onnxruntime.__version__}", lambda pixels: session.run(["maps", "scores"], {"pixels": pixels})[0]


def main():
    if sys.argv[1] == "--prepare":
        target, model, shape = pathlib.Path(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])
        if target.name.endswith(".int8.onnx"):
            quantise(pathlib.Path(model).with_suffix(".onnx"), target)
        else:
            export(model, shape, target)
        return
    name, model, pixels, shape = sys.argv[1:5]
    settings = json.loads(shape)
    answer_lines(read_pixels(pixels, settings["crop"]), lambda: make(name, model, settings))


main()
