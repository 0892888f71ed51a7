/** Examples of the commands, and what their exit codes mean where that is not the usual. */
import type { Use } from './help.js';

export const USES = {
  dinomaly: {
    examples: ['dinomaly inspect photos/ --out line1/', 'dinomaly predict line1/ new-photos/', 'dinomaly help train'],
    exits: {
      anomaly: 'predict --fail-on-anomaly: a picture is above its threshold',
      unknown: 'predict: a picture is of no class that the model knows',
    },
  },
  train: {
    examples: [
      'dinomaly train --data mvtec/ --validation 0.1 --out mvtec.safetensors',
      'dinomaly train --data mvtec/ --encoder dinov2reg_vit_small_14 --weights small.pth --class bottle --out bottle.safetensors',
      'dinomaly train --data mvtec/ --class-separated --out models/',
      'dinomaly train --data photos/ --dim 96 --depth 8 --heads 4 --patch 8 --size 64 --iterations 50 --out trial.safetensors',
    ],
    notes:
      "Ctrl-C saves what is trained so far. Without --weights the encoder's weights must have been pulled: dinomaly weights pull NAME.",
  },
  evaluate: {
    examples: [
      'dinomaly evaluate --model mvtec.safetensors --data mvtec/ --report report/ --json metrics.json',
      'dinomaly evaluate --model mvtec.safetensors --data mvtec/ --class bottle --maps maps/ --map-format npy',
      'dinomaly evaluate --model models/ --data mvtec/',
    ],
    exits: { failure: 'a picture could not be scored, or a file not be written; the standard error says which' },
  },
  calibrate: {
    examples: [
      'dinomaly calibrate --model mvtec.safetensors --data mvtec/ --false-reject-rate 0.01',
      'dinomaly calibrate --model mvtec.safetensors --data mvtec/ --f1 --out f1.safetensors',
    ],
  },
  attention: {
    examples: ['dinomaly attention --model mvtec.safetensors --query 10,14 --out attention/ part.png'],
    exits: { failure: 'something failed, or a file could not be written; the standard error says what' },
  },
  encoders: {
    examples: ['dinomaly encoders', 'dinomaly encoders --json'],
  },
  completion: {
    examples: [
      'dinomaly completion bash > ~/.local/share/bash-completion/completions/dinomaly',
      'dinomaly completion zsh > ~/.zsh/completions/_dinomaly',
      'dinomaly completion fish > ~/.config/fish/completions/dinomaly.fish',
    ],
    notes:
      'The script holds the names of this version: make it again after an update, or have the shell ask at its start, as with ' +
      "'source <(dinomaly completion bash)' in ~/.bashrc.",
  },
  'weights pull': {
    examples: [
      'dinomaly weights pull dinov2reg_vit_base_14',
      'dinomaly weights pull dinov2reg_vit_small_14 dinov2reg_vit_base_14 --verify',
    ],
  },
  'dataset check': {
    examples: [
      'dinomaly dataset check mvtec/',
      'dinomaly dataset check photos/ --class bolt',
      'dinomaly dataset check parts.csv --json > check.json',
    ],
    exits: { ok: 'the dataset has no fault', failure: 'the dataset has a fault, or cannot be opened' },
  },
} as const satisfies Readonly<Record<string, Use>>;
