"""What every generative model of the zoo shares: plumbing, no mathematics."""

import functools
import inspect
import itertools
import threading
import warnings

import keras
import numpy as np
import tensorflow as tf

# Their optimizers are known by name once imported.
import ganzoo.optimizers
import ganzoo.regularizers  # noqa: F401
from ganzoo import data as data_lib
from ganzoo.layers import (
    DiffAugment,
    MinibatchDiscrimination,
    ReferenceBatch,
    SpectralNormalization,
    held_statistics,
    step_noise,
)
from ganzoo.models import arguments, latents
from ganzoo.stochastic import distributions, noise

_step = threading.local()  # every replica traces in a thread of its own


class GenerativeModel(keras.Model):
    """A Keras model of named networks, one of which turns latents into samples.

    A variant names its parts in class attributes, takes its networks and hyper-parameters in
    `__init__`, and overrides `train_step` and `test_step`; nothing else is required of it.

    Class attributes:
      network_names: the networks, in the order in which they are updated.
      sampled_network: the network that maps latents (and labels) to samples.
      latent_distributions: those that the objective holds for, the default first.
      minibatch_setting: the hyper-parameter that counts the minibatches of one step, if any.
      logged: the names of what `train_step` reports.
      joint: True if one optimizer trains all networks on one objective.
      unlabelled: True if the labels of data may be -1, not known.

    A model of discrete data has the settings `distribution` ("bernoulli" or "categorical") and
    `symbols`, and a sampled network that ends in logits [N, *data_shape]: of bits, or of categories
    along the last axis. Then samples are hard, in {0, 1}, drawn from g(x | z), or the most probable
    ones if the model is `deterministic`.

    Args:
      networks: dict of `keras.Model`, by network name.
      hyper_parameters: dict of the variant's own settings, for `get_config`.
      num_classes: classes of a conditional model, else None.
      value_range: (low, high) of the data, or None for unbounded vectors.
      latent_distribution: one of `latent_distributions`: "normal", N(0, I), "uniform", U(-1, 1),
        or "logistic", of scale 1; None is the first of them.
      averaging: decay beta of the averaged copy of the sampled network that `generate` and
        `export` use: average <- beta average + (1 - beta) weights after each of its updates, batch
        statistics included. None: no averaging.
      seed: integer that determines all noise and shuffling; None draws one.
    """

    network_names = ()
    sampled_network = "generator"
    latent_distributions = latents.DISTRIBUTIONS
    minibatch_setting = None
    logged = ()
    joint = False
    unlabelled = False
    distribution = None
    symbols = None
    deterministic = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        keras.saving.register_keras_serializable("ganzoo")(cls)
        if "train_step" in cls.__dict__:
            cls.train_step = _counting_examples(_after_its_data(cls.train_step))
        if "test_step" in cls.__dict__:
            cls.test_step = _counting_examples(_without_empty_shares(cls.test_step))

    def __init__(
        self,
        networks,
        hyper_parameters=None,
        num_classes=None,
        value_range=(-1.0, 1.0),
        latent_distribution=None,
        averaging=None,
        seed=None,
        **kwargs,
    ):
        # Networks cast for themselves; a uniform draw that decides a bit would be rounded here.
        super().__init__(autocast=False, **kwargs)
        if latent_distribution is None:
            latent_distribution = self.latent_distributions[0]
        arguments.choice("latent_distribution", latent_distribution, self.latent_distributions)
        if averaging is not None:
            averaging = arguments.fraction("averaging", averaging)
        self.seed = arguments.integer("seed", latents.fresh_seed() if seed is None else seed, 0)
        # NumPy's scalars become Python's: they cannot multiply variables inside a graph.
        self.hyper_parameters = {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in (hyper_parameters or {}).items()
        }
        for name, value in self.hyper_parameters.items():
            setattr(self, name, value)
        for name in self.network_names:
            setattr(self, name, networks[name])
        self.num_classes = num_classes
        self.value_range = None if value_range is None else tuple(value_range)
        self.latent_distribution = latent_distribution
        self.averaging = averaging
        self.recipe = None

        sampler = networks[self.sampled_network]
        self.uses_labels = any(i.dtype.startswith("int") for i in sampler.inputs)
        if self.uses_labels and num_classes is None:
            raise ValueError("networks that take a label need num_classes")
        self.latent_dim, self.data_shape = self.shapes_of(sampler)
        if self.distribution is not None:
            self._check_discrete_settings(sampler)
        for layer in sampler._flatten_layers():
            if isinstance(layer, ReferenceBatch):
                # 0 and 1 in the place of 2 are the draws of `generate`.
                seed = tf.constant([self.seed, 2], tf.int64)
                layer.reference.assign(self.draw_prior([layer.size, self.latent_dim], seed))
        self.averaged_network = None
        if averaging is not None:
            self.averaged_network = keras.models.clone_model(sampler)
            self.averaged_network.set_weights(sampler.get_weights())
            self.averaged_network.trainable = False

        # A step's noise is a function of (seed, iteration): a restored model goes on bit for bit.
        self.iteration = self.add_weight(
            shape=(),
            initializer="zeros",
            dtype="int64",
            trainable=False,
            name="iteration",
            aggregation="only_first_replica",
        )
        self._trackers = {name: keras.metrics.Mean(name=name) for name in self.logged}
        self._gates = {}
        self.built = True

    def shapes_of(self, sampler):
        """(latent_dim, data_shape) of the sampled network.

        A variant whose network does not map latents to samples, but scores data or runs from data
        to latents, overrides it, and `call`.
        """
        return sampler.inputs[0].shape[-1], tuple(sampler.outputs[0].shape[1:])

    def _check_discrete_settings(self, sampler):
        arguments.choice("distribution", self.distribution, distributions.NAMES)
        if self.value_range != (0.0, 1.0):
            raise ValueError(
                f"value_range={self.value_range}: discrete data are in {{0, 1}}, value_range=(0, 1)"
            )
        if not ends_linear(sampler):
            raise ValueError(
                f"discrete data take logits: the {self.sampled_network} must end without an "
                f'activation, {self.sampled_network}={{"output_activation": None}}'
            )
        if self.distribution == "categorical" and self.data_shape[-1] < 2:
            raise ValueError(
                f"data_shape={self.data_shape}: one-hot data have the categories on their last "
                'axis, two at least; bits are distribution="bernoulli"'
            )
        if self.symbols is not None and (
            self.distribution != "categorical" or len(self.symbols) != self.data_shape[-1]
        ):
            raise ValueError(
                f"{len(self.symbols)} symbols for distribution={self.distribution!r} and "
                f"data_shape={self.data_shape}: give one for each category of the last axis"
            )

    # === Optimizers ===

    @property
    def optimizer_names(self):
        """Arguments of `compile`: one optimizer for each network, or one for a joint objective."""
        return ("optimizer",) if self.joint else tuple(f"{n}_optimizer" for n in self.network_names)

    def compile(self, jit_compile=False, run_eagerly=False, steps_per_execution=1, **optimizers):
        """Sets the optimizers, by the names in `optimizer_names`: identifiers, dicts or instances.

        Raises:
          TypeError: an optimizer is missing, or there is an argument of another name (losses are
            not arguments: the loss is the variant).
          ValueError: an optimizer keeps an average of the weights that never reaches them.
        """
        missing = [name for name in self.optimizer_names if optimizers.get(name) is None]
        unknown = [name for name in optimizers if name not in self.optimizer_names]
        if missing or unknown:
            raise TypeError(
                f"{type(self).__name__}.compile takes exactly {', '.join(self.optimizer_names)} "
                f"(and jit_compile, run_eagerly, steps_per_execution)"
                + (f"; missing: {', '.join(missing)}" if missing else "")
                + (f"; unknown: {', '.join(unknown)}" if unknown else "")
            )
        super().compile(
            optimizer=None,
            jit_compile=jit_compile,
            run_eagerly=run_eagerly,
            steps_per_execution=steps_per_execution,
        )
        # Built here because slots that first appear inside a train step are not restored from a
        # file and fail under a distribution strategy.
        for name in self.optimizer_names:
            given = optimizers[name]
            # A copy, because Keras writes into a configuration that it is given.
            optimizer = keras.optimizers.get(dict(given) if isinstance(given, dict) else given)
            inner = getattr(optimizer, "optimizer", optimizer)
            if inner.use_ema and not inner.ema_overwrite_frequency:
                raise ValueError(
                    f"use_ema=True in {name}: its average would reach no sample; give "
                    "averaging=0.999 to the model, or ema_overwrite_frequency to the optimizer"
                )
            optimizer.build(self._variables_of(name.removesuffix("_optimizer")))
            setattr(self, name, optimizer)

    def get_compile_config(self):
        optimizers = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.optimizer_names
        }
        return {
            "jit_compile": self.jit_compile,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            **optimizers,
        }

    def compile_from_config(self, config):
        self.compile(**config)

    def _variables_of(self, network):
        if not self.joint:
            return getattr(self, network).trainable_variables
        return [v for name in self.network_names for v in getattr(self, name).trainable_variables]

    def minimize(self, network, tape, loss):
        """One update of one network (or of all, network="loss", in a joint model), and its log.

        `loss` is the scalar of `average`, recorded by `tape`. No other network changes.
        """
        self.descend(network, tape.gradient(loss, self._variables_of(network)), loss)

    def descend(self, network, gradients, loss):
        """`minimize` for gradients that are not those of the loss: one for each variable."""
        joint = network == "loss"
        variables = self._variables_of(network)
        optimizer = getattr(self, "optimizer" if joint else f"{network}_optimizer")
        # An edge of its own: where gradients do not use the value of the loss (a Wasserstein
        # critic's), graph optimization loses that the loss reads the weights before they change.
        with tf.control_dependencies([loss]):
            gradients = [None if g is None else tf.identity(g) for g in gradients]
        optimizer.apply(gradients, variables)
        self.track(**{"loss" if joint else f"{network}_loss": loss})
        if self.averaging is not None and (joint or network == self.sampled_network):
            self._average_weights()
        if network in self._gates:
            self._undo_if_frozen(network)

    def average(self, per_example):
        """This replica's part of the mean over the global batch of values [N], a scalar.

        Optimizers sum gradients over replicas, so the parts are sums over the global batch size.
        """
        return tf.nn.compute_average_loss(per_example)

    def _average_weights(self):
        sampler = getattr(self, self.sampled_network)
        for average, weight in zip(self.averaged_network.weights, sampler.weights):
            average.assign(self.averaging * average + (1.0 - self.averaging) * weight)

    # === Frozen players ===

    def gate(self, network):
        """A scalar weight, 0 or 1: while it is 1, train steps leave `network` as it is.

        Its weights, batch statistics, average and optimizer stay bit for bit; its losses are
        computed and logged as before. The weight is made by the first call, from which the train
        step is traced anew, and is saved with the model from then on.

        Raises:
          ValueError: no such network, or one that shares its optimizer with others.
        """
        if network not in self.network_names or self.joint:
            raise ValueError(
                f"network={network!r}: {self.name} has "
                + (
                    "one objective, no player of which can stand still alone"
                    if self.joint
                    else f"the players {', '.join(self.network_names)}"
                )
            )
        if network not in self._gates:
            with self.distribute_strategy.scope():
                self._gates[network] = self.add_weight(
                    shape=(),
                    initializer="zeros",
                    trainable=False,
                    name=f"{network}_gate",
                    aggregation="only_first_replica",
                )
            if self.train_function is not None:
                self.make_train_function(force=True)  # a running `fit` calls what stands here
        return self._gates[network]

    def frozen_networks(self):
        """Names of the networks that stand still now."""
        return [name for name, gate in self._gates.items() if gate.numpy() > 0.0]

    def _state_of(self, network):
        """All variables that updates of the network move."""
        optimizer = getattr(self, f"{network}_optimizer")
        state = [*getattr(self, network).weights, *optimizer.variables]
        if self.averaged_network is not None and network == self.sampled_network:
            state += self.averaged_network.weights
        return state

    def _remember_state(self):
        # Not in `minimize`: batch statistics move before it.
        _step.before = {
            network: [tf.convert_to_tensor(variable) for variable in self._state_of(network)]
            for network in self._gates
        }

    def _undo_if_frozen(self, network):
        # Not a condition around the update: replicas cannot sum gradients inside of one.
        is_frozen = tf.convert_to_tensor(self._gates[network]) > 0.0
        for variable, before in zip(self._state_of(network), _step.before[network], strict=True):
            variable.assign(tf.where(is_frozen, before, variable))

    # === Logs ===

    @property
    def metrics(self):
        # Not super().metrics: it holds a "loss" that models without a Keras loss never set.
        return list(self._trackers.values())

    def track(self, **values):
        """Adds scalars of `average` (this replica's parts) to the epoch's means of their names.

        A step counts by the examples it has: the last one may have fewer, or on a replica none.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        examples = tf.cast(self._examples_of_step(), tf.float32)
        for name, value in values.items():
            # `average` has divided by the examples of this replica, times their number.
            mean = tf.where(examples > 0.0, tf.cast(value, tf.float32) * replicas, 0.0)
            # Times their number again: equal shares count as the global batch on one device.
            self._trackers[name].update_state(mean, sample_weight=examples * replicas)

    @staticmethod
    def _examples_of_step():
        """How many this replica has; 1 outside of a step, where an update counts as any other."""
        examples = getattr(_step, "examples", None)
        return 1 if examples is None else examples

    def track_constant(self, **values):
        """Adds scalars that are the same on every replica, such as a temperature, to the means."""
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        self.track(**{name: value / replicas for name, value in values.items()})

    def logs(self):
        """What `train_step` and `test_step` return: the means so far."""
        results = {name: tracker.result() for name, tracker in self._trackers.items()}
        if isinstance(tf.distribute.get_strategy(), tf.distribute.MultiWorkerMirroredStrategy):
            # Keras reduces logs over workers along a leading axis.
            results = {name: result[None] for name, result in results.items()}
        return results

    # === Noise ===

    def step_seeds(self, count):
        """`count` seeds [2] for the draws of one train step; advances `iteration`. Call it once."""
        self.iteration.assign_add(1)
        return self._seeds(count, tf.convert_to_tensor(self.iteration))

    def evaluation_seeds(self, count):
        """The same for a test step: functions of how many examples came before it."""
        examples = tf.convert_to_tensor(self._trackers[self.logged[0]].count)
        return self._seeds(count, -1 - tf.cast(examples, tf.int64))

    def _seeds(self, count, counter):
        seed = tf.stack([tf.constant(self.seed, tf.int64), counter])
        return tf.unstack(tf.random.experimental.stateless_split(seed, count))

    def draw(self, sampler, shape, seed):
        """`sampler(shape, seed=seed)`, a stateless draw, for this replica: float32 of `shape`.

        Several replicas draw for the global batch and take their own rows, so they use different
        noise and together exactly that of one device with the same global batch.
        """
        replicas = tf.distribute.get_strategy().num_replicas_in_sync
        if replicas == 1:
            return sampler(shape, seed=seed)
        rows = shape[0]
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        values = sampler([replicas * rows, *shape[1:]], seed=seed)
        return tf.slice(
            values, [replica * rows] + [0] * (len(shape) - 1), [rows] + [-1] * (len(shape) - 1)
        )

    def _noise_of_layers(self):
        """`draw(sampler, shape)` for layers in a train step: other noise at every call."""
        calls = itertools.count()

        def draw(sampler, shape):
            step = tf.stack(
                [tf.constant(self.seed, tf.int64), tf.convert_to_tensor(self.iteration)]
            )
            call = tf.constant(next(calls), tf.int64)
            seed = tf.random.experimental.stateless_fold_in(step, call, alg="philox")
            return self.draw(sampler, shape, seed)

        return draw

    def draw_latents(self, examples, seed):
        """One latent from the prior for each of `examples` of a step: [N, latent_dim]."""
        return self.draw(self.draw_prior, [batch_size_of(examples), self.latent_dim], seed)

    def draw_prior(self, shape, seed):
        """Latents of `shape` [N, latent_dim], a function of the int `seed` [2]."""
        return latents.draw(self.latent_distribution, shape, seed)

    @property
    def named_prior(self):
        """The name of the distribution of latents; None where `draw_prior` has another one."""
        has_own = type(self).draw_prior is not GenerativeModel.draw_prior
        return None if has_own else self.latent_distribution

    def draw_epsilon(self, examples, seed):
        """One number from U(0, 1) for each of `examples`: [N, 1, ..., 1], for all its features."""
        shape = [batch_size_of(examples)] + [1] * (len(examples.shape) - 1)
        return self.draw(noise.uniform, shape, seed)

    # === Discrete data ===

    def conditional(self, logits):
        """g(x | z) for logits [N, *data_shape]: batch shape [N], event shape `data_shape`."""
        return distributions.independent(self.distribution, logits)

    def draw_uniform(self, examples, seed):
        """U(0, 1), open, [N, *data_shape]: the noise of one hard sample for each of `examples`."""
        return self.draw(noise.uniform, [batch_size_of(examples), *self.data_shape], seed)

    def draw_samples(self, conditional, count, seed):
        """`count` hard samples of each of N conditionals: constants [count, N, *event]."""
        size = conditional.batch_shape[0] or conditional.batch_shape_tensor()[0]
        uniform = self.draw(noise.uniform, [size, count, *conditional.event_shape], seed)
        return noise.hard_sample(conditional, tf.experimental.numpy.swapaxes(uniform, 0, 1))

    # === Steps ===

    def scheduled(self, name):
        """The value of a hyper-parameter that is a number or a Keras schedule of the iteration."""
        value = getattr(self, name)
        return value(self.iteration) if callable(value) else value

    @property
    def learns_labels(self):
        """Whether the data have labels; `uses_labels` says whether samples are drawn for labels."""
        return self.uses_labels or self.unlabelled

    @property
    def data_distribution(self):
        """What data must be: "bernoulli" for 0 and 1, "categorical" for one-hot; None for reals."""
        return self.distribution

    @property
    def decodes_latents(self):
        """Whether the sampled network alone maps latents [N, latent_dim] to what data are of."""
        return [tuple(i.shape[1:]) for i in self.sampler.inputs] == [(self.latent_dim,)]

    @property
    def minibatches_per_step(self):
        """k: how many fresh minibatches one call of `train_step` uses."""
        return getattr(self, self.minibatch_setting) if self.minibatch_setting else 1

    def minibatches(self, data, count=1):
        """Splits a step's data into `count` minibatches (x, y), y None where labels are not used.

        Example i belongs to minibatch i mod count: then the share of every replica divides as the
        global batch does.
        """
        x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
        x = tf.cast(x, tf.float32)
        y = tf.cast(y, tf.int32) if self.learns_labels else None
        if count == 1:
            return [(x, y)]

        def split(values):
            return tf.unstack(tf.reshape(values, [-1, count, *values.shape[1:]]), axis=1)

        return list(zip(split(x), split(y) if y is not None else [None] * count))

    # === Keras's verbs ===

    def fit(
        self,
        x=None,
        y=None,
        batch_size=None,
        epochs=1,
        verbose="auto",
        callbacks=None,
        validation_data=None,
        shuffle=True,
        initial_epoch=0,
        steps_per_epoch=None,
        validation_steps=None,
        validation_batch_size=None,
        validation_freq=1,
    ):
        """Trains as `keras.Model.fit` does; an epoch is one pass over the data.

        Args:
          x: float array [N, *data_shape] in `value_range`, or a `tf.data.Dataset` of batches x or
            (x, y).
          y: integer labels [N] in [0, num_classes), for a conditional model; -1 is a label that is
            not known, for a model that learns from `unlabelled` examples too.
          batch_size: the paper's minibatch m (32 if None); for a dataset its own batches are m. A
            model that uses k minibatches a step (`critic_steps`) makes N // (k m) steps an epoch;
            then, and on several replicas, the incomplete rest of each shuffled epoch is left out.

        Arrays are shuffled by a function of (seed, epoch): training that is resumed with
        `initial_epoch` sees the batches of an uninterrupted one.

        Raises:
          ValueError: empty, NaN, integer or out-of-range data, wrong shapes or labels; steps of an
            epoch that `steps_per_execution` does not divide.
        """
        group, whole = self.minibatches_per_step, self.takes_whole_steps
        if isinstance(x, tf.data.Dataset):
            if batch_size is not None or y is not None:
                raise ValueError(
                    "a tf.data.Dataset brings its own batches and labels: batch it by m, yield "
                    "(x, y), and leave out batch_size and y"
                )
            minibatch = self._check_dataset(x)
            step_size = group * minibatch
            if whole:
                x = x.rebatch(step_size, drop_remainder=True)
                if next(iter(x.take(1)), None) is None:
                    raise ValueError(
                        f"one step takes {group} minibatches of {minibatch} = {step_size} "
                        "examples, the dataset has fewer: batch it by fewer or repeat it"
                    )
        else:
            x, y = self.check_arrays(x, y)
            minibatch = arguments.integer("batch_size", 32 if batch_size is None else batch_size, 1)
            step_size = group * minibatch
            pass_steps = self.steps_of_pass(len(x), minibatch)
            steps_per_epoch = steps_per_epoch or pass_steps
            x = data_lib.batches(
                x,
                y,
                step_size,
                seed=self.seed,
                initial_epoch=initial_epoch,
                epochs=None,
                shuffle=shuffle,
                drop_remainder=whole,
            )
        if steps_per_epoch is not None:
            self.check_steps_per_execution(steps_per_epoch)
        if isinstance(validation_data, tf.data.Dataset):
            self._check_dataset(validation_data)
        elif validation_data is not None:
            validation_x, validation_y, _ = keras.utils.unpack_x_y_sample_weight(validation_data)
            validation_data = self.check_arrays(validation_x, validation_y)
        with warnings.catch_warnings():
            # Said of every dataset of unknown length at its end, which is no surprise here.
            warnings.filterwarnings("ignore", message="Your input ran out of data")
            return super().fit(
                x,
                epochs=epochs,
                verbose=verbose,
                callbacks=callbacks,
                shuffle=False,  # done above; Keras would warn
                validation_data=validation_data,
                initial_epoch=initial_epoch,
                steps_per_epoch=steps_per_epoch,
                validation_steps=validation_steps,
                validation_batch_size=validation_batch_size or minibatch,
                validation_freq=validation_freq,
            )

    @property
    def takes_whole_steps(self):
        """Whether `fit` leaves out the incomplete rest of an epoch."""
        # An incomplete step could leave a replica without an example, whose means are NaN.
        return self.minibatches_per_step > 1 or self.distribute_strategy.num_replicas_in_sync > 1

    def steps_of_pass(self, num_examples, batch_size):
        """How many train steps `fit` makes of one pass over arrays, in minibatches of that size.

        Raises:
          ValueError: the examples are fewer than one whole step takes.
        """
        group = self.minibatches_per_step
        step_size = group * batch_size
        if not self.takes_whole_steps:
            return -(-num_examples // step_size)
        if num_examples < step_size:
            raise ValueError(
                f"one step takes {group} minibatches of {batch_size} = {step_size} examples, x "
                f"has {num_examples}: lower batch_size"
                + (f" or {self.minibatch_setting}" if group > 1 else "")
            )
        return num_examples // step_size

    def check_steps_per_execution(self, steps_per_epoch):
        """ValueError if an epoch of so many steps does not end with an execution.

        Keras would begin another one, and the epoch run into the data of the next.
        """
        if steps_per_epoch % self.steps_per_execution:
            smaller = range(1, self.steps_per_execution)
            fitting = max(number for number in smaller if steps_per_epoch % number == 0)
            raise ValueError(
                f"steps_per_execution={self.steps_per_execution}: it must divide the "
                f"{steps_per_epoch} steps of an epoch, as {fitting} does"
            )

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """Nothing: the networks are built; Keras's own trial call fails with several workers."""

    def evaluate(self, x=None, y=None, **kwargs):
        """The losses on other data, as `keras.Model.evaluate`; nothing is updated."""
        if not kwargs.get("_use_cached_eval_dataset"):
            if isinstance(x, tf.data.Dataset):
                self._check_dataset(x)
            else:
                x, y = self.check_arrays(x, y)
        return super().evaluate(x, y, **kwargs)

    def check_arrays(self, x, y=None):
        """(examples, labels or None) as arrays that the model can learn from or judge.

        Raises:
          ValueError: shape, type or values do not fit; the message says which and what to do.
        """
        x = np.asarray(x)
        data_lib.checks.check_examples(x, self.data_shape, self.value_range)
        if self.data_distribution is not None:
            data_lib.checks.check_discrete(x, self.data_distribution)
        if not self.learns_labels:
            return x, None
        data_lib.checks.check_labels(y, self.num_classes, len(x), unlabelled=self.unlabelled)
        return x, np.asarray(y, np.int32)

    def _check_dataset(self, dataset):
        """Checks the specification and the first batch; returns the size of that batch."""
        num_classes = self.num_classes if self.learns_labels else None
        checks = (self.data_shape, self.value_range, num_classes)
        data_lib.checks.check_element_spec(dataset.element_spec, *checks)
        first = next(iter(dataset.take(1)), None)
        if first is None:
            raise ValueError("the dataset is empty: give at least one batch")
        data_lib.checks.check_first_batch(first, *checks, unlabelled=self.unlabelled)
        x = np.asarray(data_lib.checks.split_element(first)[0])
        if self.data_distribution is not None:
            data_lib.checks.check_discrete(x, self.data_distribution)
        return len(x)

    # === Samples ===

    def sample_latents(self, num_samples, seed=None):
        """[num_samples, latent_dim] from the prior; the same seed gives the same latents."""
        return latents.sample(self.draw_prior, num_samples, self.latent_dim, seed)

    def labels_for(self, num_samples, label=None):
        """int32 [num_samples]: one `label` repeated, several as they are, None: all in turn."""
        return latents.labels_for(
            self.num_classes if self.uses_labels else None, num_samples, label
        )

    def generate(self, num_samples, label=None, seed=None):
        """Samples [num_samples, *data_shape], float32, in `value_range`.

        Args:
          label: class or classes [num_samples] of a conditional model; None takes them in turn.
          seed: the same seed gives the same samples; None draws one.
        """
        labels = self.labels_for(num_samples, label)
        seed = latents.fresh_seed() if seed is None else seed
        samples = self.decode(self.sample_latents(num_samples, seed), labels)
        if self.distribution is None:
            return samples
        return latents.harden(self.distribution, samples, None if self.deterministic else seed)

    def decode(self, codes, labels=None):
        """Samples for latents [N, latent_dim] (and labels [N]), from averaged weights if kept.

        Of discrete data the probabilities: of a 1, or of the categories.
        """
        return latents.in_parts(self._decode, codes, labels)

    @tf.function(reduce_retracing=True)
    def _decode(self, codes, labels):
        return self(inputs_of(codes, labels), training=False)

    @property
    def sampler(self):
        """The network that `generate` and `export` use."""
        return self.averaged_network or getattr(self, self.sampled_network)

    def call(self, inputs, training=None):
        """Latents (and labels) to samples, or to the probabilities of discrete data."""
        outputs = self.sampler(inputs, training=training)
        return outputs if self.distribution is None else self.conditional(outputs).mean()

    def export(self, path, metadata=None):
        """Writes a SavedModel that serves without this package; see `ganzoo.export`."""
        from ganzoo import export

        return export.export_model(self, path, metadata)

    # === Configuration ===

    def get_config(self):
        networks = {
            name: keras.saving.serialize_keras_object(getattr(self, name))
            for name in self.network_names
        }
        return {
            **networks,
            **{name: _plain(value) for name, value in self.hyper_parameters.items()},
            "num_classes": self.num_classes,
            "value_range": self.value_range,
            "latent_distribution": self.latent_distribution,
            "averaging": self.averaging,
            "seed": self.seed,
            "name": self.name,
            "recipe": self.recipe,
            **({"gates": list(self._gates)} if self._gates else {}),
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        recipe, gates = config.pop("recipe", None), config.pop("gates", [])
        for name in cls.network_names:
            config[name] = keras.saving.deserialize_keras_object(config[name])
        model = cls(**config)
        model.recipe = recipe
        for network in gates:
            model.gate(network)
        return model

    @classmethod
    def settings(cls):
        """Names of the hyper-parameters that `__init__` takes, beside networks and common ones."""
        parameters = inspect.signature(cls.__init__).parameters.values()
        return tuple(
            p.name
            for p in parameters
            if p.kind is p.KEYWORD_ONLY and p.name not in cls.network_names
        )


def _after_its_data(train_step):
    """`train_step` with noise for its layers and a standstill for frozen players, after its data.

    At the end of a dataset of unknown length Keras starts a step that gets no data. Counters, which
    depend on none, would advance in it if they did not wait for the data.
    """

    @functools.wraps(train_step)
    def step(self, data):
        # `train_on_batch` passes None for labels and weights that are not given.
        parts = [part for part in tf.nest.flatten(data) if part is not None]
        with tf.control_dependencies(parts), step_noise(self._noise_of_layers()):
            self._remember_state()
            logs = train_step(self, data)
            # Again, because a variant may move weights beside an update, as by clipping them.
            for network in self._gates:
                self._undo_if_frozen(network)
            return logs

    return step


def _counting_examples(step):
    """`step`, a train or test step, that tells `track` how many examples this replica has."""

    @functools.wraps(step)
    def counting(self, data):
        if getattr(_step, "examples", None) is not None:  # `step` is that of a base class
            return step(self, data)
        _step.examples = batch_size_of(tf.nest.flatten(data)[0])
        try:
            return step(self, data)
        finally:
            _step.examples = None

    return counting


def _without_empty_shares(test_step):
    """`test_step` that takes a row of zeros, which counts nothing, where a replica has no example.

    The last batch may have fewer examples than there are replicas, and convolutions of none fail.
    """

    @functools.wraps(test_step)
    def step(self, data):
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            data = tf.nest.map_structure(_at_least_one_row, data)
        return test_step(self, data)

    return step


def _at_least_one_row(values):
    missing = tf.maximum(1 - tf.shape(values)[0], 0)
    return tf.pad(values, [[0, missing]] + [[0, 0]] * (len(values.shape) - 1))


def _plain(value):
    """A hyper-parameter as JSON knows it: a schedule becomes its configuration."""
    return keras.saving.serialize_keras_object(value) if callable(value) else value


def held(network):
    """`network` as part of its opponent's update: normalizes by the batch, keeps its statistics."""

    def call(inputs):
        with held_statistics():
            return network(inputs, training=True)

    return call


def batch_size_of(examples):
    """N, as a number where it is known before the graph runs."""
    return examples.shape[0] or tf.shape(examples)[0]


def inputs_of(samples, labels):
    """What a network takes: samples, or [samples, labels] where it is conditional."""
    return samples if labels is None else [samples, labels]


def score_pair(critic, real, fake, labels=None):
    """Scores of real and fake examples [N, 1] each, training mode.

    In the passes of `score_all`.
    """
    return score_all(critic, [inputs_of(real, labels), inputs_of(fake, labels)])


def score_all(critic, batches):
    """Scores, training mode, of each of several batches of what a critic takes, as a list.

    In one pass where examples do not interact, because one larger product is faster than several;
    apart where the batches would share statistics, and where noise is drawn for each example.
    """
    if has_batch_statistics(critic) or augments(critic):
        # However many passes an update takes, it is one power iteration.
        is_carried_once = _has(critic, SpectralNormalization)
        again = held(critic) if is_carried_once else functools.partial(critic, training=True)
        return [critic(batches[0], training=True), *map(again, batches[1:])]
    sizes = [batch_size_of(tf.nest.flatten(batch)[0]) for batch in batches]
    together = tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *batches)
    return tf.split(critic(together, training=True), sizes)


def score_samples(critic, samples):
    """Scores [M, N] of M samples of each of N latents, [M, N, ...], in one pass."""
    scores = critic(merge_samples(samples))
    return tf.reshape(scores, tf.shape(samples)[:2])


def merge_samples(samples):
    """[M, N, ...] as a batch [M N, ...]."""
    return tf.reshape(samples, [-1, *samples.shape[2:]])


def last_activation(network):
    """That of the last layer that has one; else the linear one."""
    activations = [layer.activation for layer in network.layers if hasattr(layer, "activation")]
    return activations[-1] if activations else keras.activations.linear


def ends_linear(network):
    """Whether the last layer that has an activation has the linear one."""
    return last_activation(network) is keras.activations.linear


def has_batch_statistics(network):
    """Whether an output of a network depends on the other examples of the batch."""
    return has_batch_normalization(network) or _has(network, MinibatchDiscrimination)


def augments(network):
    """Whether a network transforms what it is given, at random."""
    return _has(network, DiffAugment)


def has_batch_normalization(network):
    """Whether a layer of a network, or of one inside, normalizes by the batch."""
    return _has(network, keras.layers.BatchNormalization)


def refuse_batch_statistics(network, name, penalty):
    """ValueError if scores of `network` depend on the batch: `penalty` then loses its meaning."""
    if has_batch_statistics(network):
        has_features = _has(network, MinibatchDiscrimination)
        layer, setting = (
            ("minibatch discrimination", "minibatch_kernels")
            if has_features
            else ("batch normalization", "normalization")
        )
        raise ValueError(
            f"{penalty} takes the gradient of every single score, which {layer} "
            f"in the {name} ties to the whole batch: build it without, "
            f'{name}={{"{setting}": None}}'
        )


def refuse_minibatch_discrimination(network, name, reason):
    """ValueError, for this `reason`, if `network` has minibatch discrimination."""
    if _has(network, MinibatchDiscrimination):
        raise ValueError(
            f"minibatch discrimination in the {name}: {reason}; build it without, "
            f'{name}={{"minibatch_kernels": None}}'
        )


def require_spectral_normalization(network, name, remedy):
    """ValueError if something bounds the slopes of `network` less than its normalized kernels do.

    That is a matrix of weights outside `SpectralNormalization`, in whatever network inside, or a
    normalization of activations, which multiplies slopes by the inverse of a standard deviation.
    """
    layers = network._flatten_layers()
    wrapped = [layer for layer in layers if isinstance(layer, SpectralNormalization)]
    known = {id(variable) for layer in wrapped for variable in (layer.kernel, layer.vector_u)}
    for variable in network.variables:
        if len(variable.shape) > 1 and id(variable) not in known:
            raise ValueError(
                f"the {name} has a kernel without spectral normalization, {variable.path}: {remedy}"
            )
    if _has(
        network,
        keras.layers.BatchNormalization,
        keras.layers.GroupNormalization,
        keras.layers.LayerNormalization,
    ):
        raise ValueError(
            f"the {name} normalizes activations, which takes back the bound that spectral "
            f"normalization sets to its slopes: {remedy}"
        )


def _has(network, *layers):
    return any(isinstance(layer, layers) for layer in network._flatten_layers())
