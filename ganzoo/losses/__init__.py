"""Objectives as pure functions.

Every function takes raw scores or logits [N] or [N, 1] and returns one value for each example, [N],
to be minimized; nothing is averaged here. `real_logits` = a(x) for data x, `fake_logits` = a(G(z)),
and D = sigmoid(a) is never formed.
"""
