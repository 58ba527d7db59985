"""The benchmark's cases in eager PyTorch, the non-saturating game with Adam, one step at a time."""

import torch
from torch import nn
from torch.nn.functional import softplus


class Contestant:
    """Trains a case.

    `setting` is "float32" or "bfloat16", with "+channels_last" for that layout of memory and with
    "+two_passes" to draw new samples for the generator's update, where our own step draws none.
    """

    def __init__(self, case, spec, setting):
        self.spec = spec
        options = setting.split("+")
        self.bfloat16 = "bfloat16" in options
        self.new_samples = not spec["one_pass"] or "two_passes" in options
        generator, discriminator = {"dcgan28": _dcgan28, "toy": _toy}[case](spec["latent_dim"])
        layout = torch.channels_last if "channels_last" in options else None
        if layout is not None:
            generator, discriminator = (
                network.to(memory_format=layout) for network in (generator, discriminator)
            )
        self.generator, self.discriminator = generator, discriminator
        shape = spec["data_shape"]
        self.data = (
            torch.rand(spec["batch"] * 8, *(shape[::-1] if len(shape) == 3 else shape)) * 2 - 1
        )
        if layout is not None:
            self.data = self.data.contiguous(memory_format=layout)
        self.optimizers = [
            torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
            for network in (discriminator, generator)
        ]

    def run(self, steps):
        """Trains for `steps` steps."""
        batch = self.spec["batch"]
        for step in range(steps):
            start = step % 8 * batch
            self._step(self.data[start : start + batch])

    def _step(self, real):
        discriminator_optimizer, generator_optimizer = self.optimizers
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            with torch.set_grad_enabled(not self.new_samples):
                fake = self.generator(torch.randn(len(real), self.spec["latent_dim"]))
            logits = self.discriminator(torch.cat([real, fake.detach()]))
            real_logits, fake_logits = logits.chunk(2)
        loss = softplus(-real_logits.float()).mean() + softplus(fake_logits.float()).mean()
        discriminator_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        discriminator_optimizer.step()

        self.discriminator.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.bfloat16):
            if self.new_samples:
                fake = self.generator(torch.randn(len(real), self.spec["latent_dim"]))
            fake_logits = self.discriminator(fake)
        generator_optimizer.zero_grad(set_to_none=True)
        softplus(-fake_logits.float()).mean().backward()
        generator_optimizer.step()
        self.discriminator.requires_grad_(True)


def _dcgan28(latent_dim):
    def up(inputs, outputs, stride):
        return nn.ConvTranspose2d(
            inputs, outputs, 5, stride, padding=2, output_padding=stride - 1, bias=False
        )

    generator = nn.Sequential(
        nn.Linear(latent_dim, 12544, bias=False),
        nn.Unflatten(1, (256, 7, 7)),
        *(nn.BatchNorm2d(256), nn.ReLU(), up(256, 128, 1)),
        *(nn.BatchNorm2d(128), nn.ReLU(), up(128, 64, 2)),
        *(nn.BatchNorm2d(64), nn.ReLU(), up(64, 1, 2)),
        nn.Tanh(),
    )
    discriminator = nn.Sequential(
        *(nn.Conv2d(1, 64, 5, 2, padding=2), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(64, 128, 5, 2, padding=2), nn.LeakyReLU(0.2)),
        *(nn.Flatten(), nn.Linear(128 * 49, 1)),
    )
    return generator, discriminator


def _toy(latent_dim):
    def perceptron(inputs, outputs):
        hidden = [nn.Linear(inputs, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU()]
        return nn.Sequential(*hidden, nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, outputs))

    return perceptron(latent_dim, 2), perceptron(2, 1)
