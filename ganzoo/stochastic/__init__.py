"""Gradient estimators for expectations over discrete variables.

A distribution is a `tfd.Independent` of `tfd.Bernoulli(logits=..., dtype=tf.float32)`, event
[D...], or of `tfd.OneHotCategorical(logits=..., dtype=tf.float32)`, event [sites..., C]. Its batch
is [N]: one conditional g(x | z_n) for each of N latents. Everything is computed from the logits.

A cost is a callable from samples [N, *event] to [N], to be minimized, that may itself depend on
trainable weights. An estimator with one sample for each latent is a function
`name(cost, distribution, uniform, ...)` that returns a surrogate [N]: its value is the cost at the
sample, its gradient is the estimate of the gradient of E[cost(x)] with respect to the parameters of
the distribution, plus the gradient of the cost with respect to its own weights.

Nothing here draws by itself but `noise.uniform`. Estimators take uniform draws in the open interval
(0, 1), float32 of the samples' shape, and are functions of them: a model draws `uniform` for each
replica by `self.draw(noise.uniform, shape, seed)`, and the same draws give the same hard sample,
`noise.hard_sample`, in every estimator.

Several samples for each latent lie along a leading axis: [M, N, *event]. Replicas share out the
rows of `self.draw`, the first axis, so a model draws [N, M, *event] and exchanges the two.
"""
