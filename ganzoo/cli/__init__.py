"""The commands behind the launchers and `python -m ganzoo`.

Nothing here imports TensorFlow before the flags are parsed and checked.
"""
