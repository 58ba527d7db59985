#!/usr/bin/env bash
# Sets up a virtual environment in .venv, trains a GAN on 8x8 handwritten digits (no download of
# data), draws samples and exports the model: about three minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -x .venv/bin/ganzoo ]; then
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable .
fi
.venv/bin/python launchers/train.py --model=dcgan --dataset=digits --epochs=150 --eval_every=50 \
  --set=averaging=0.995 --output=runs/quickstart "$@"
.venv/bin/python launchers/sample.py --model=runs/quickstart --output=runs/quickstart/digits.png
echo
echo "Samples:        runs/quickstart/digits.png"
echo "Training GIF:   runs/quickstart/samples/training.gif"
echo "Exported model: runs/quickstart/export"
