"""The sleep network: learning from nights that can be learned, and members joined into one."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.signals.sleep_channels import CHANNELS
from edge.signals.sleep_stages import FINE_STAGES
from training.sleep_equalise import even_out
from training.sleep_network import (
    DILATIONS,
    MARGIN_EPOCHS,
    WIDTH,
    WINDOW_EPOCHS,
    Course,
    Lesson,
    joined,
    learn,
)

pytestmark = pytest.mark.training


def weights_of(members: int, rng: np.random.Generator) -> list[NDArray[np.float32]]:
    layers: list[tuple[int, ...]] = []
    for inputs in (CHANNELS, *(3 * WIDTH for _ in DILATIONS)):
        layers += [(members, inputs, WIDTH), (members, 1, WIDTH), (members, 1, WIDTH)]
    layers += [(members, WIDTH, len(FINE_STAGES)), (members, 1, len(FINE_STAGES))]
    return [rng.normal(0.0, 0.3, shape).astype(np.float32) for shape in layers]


def norms_of(members: int, rng: np.random.Generator) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    shape = (members, 1, WIDTH)
    return [
        (rng.normal(0.0, 0.3, shape).astype(np.float32), rng.uniform(0.5, 2.0, shape).astype(np.float32))
        for _ in range(1 + len(DILATIONS))
    ]


def by_hand(
    weights: list[NDArray[np.float32]],
    norms: list[tuple[NDArray[np.float32], NDArray[np.float32]]],
    night: NDArray[np.float32],
) -> NDArray[np.float64]:
    """One member's logits, (epochs, stages), written out layer by layer."""
    places = iter([each[0].astype(np.float64) for each in weights])
    means = iter(norms)

    def normed(values: NDArray[np.float64]) -> NDArray[np.float64]:
        mean, variance = (each[0].astype(np.float64) for each in next(means))
        scaled: NDArray[np.float64] = (values - mean) / np.sqrt(variance + 1e-3) * next(places) + next(places)
        return np.maximum(scaled, 0.0)

    hidden = normed(night.astype(np.float64) @ next(places))
    for dilation in DILATIONS:
        wide = np.pad(hidden, ((dilation, dilation), (0, 0)))
        kernel = next(places).reshape(3, WIDTH, WIDTH)
        taps = [wide[tap * dilation : tap * dilation + len(night)] @ kernel[tap] for tap in range(3)]
        hidden = hidden + normed(sum(taps, np.zeros_like(hidden)))
    logits: NDArray[np.float64] = hidden @ next(places) + next(places)
    return logits


def test_joined_members_answer_the_mean_of_what_each_answers_by_hand() -> None:
    """Grouped convolutions and a shared last layer are the members side by side."""
    rng = np.random.default_rng(5)
    weights, norms = weights_of(3, rng), norms_of(3, rng)
    window = rng.normal(0.0, 1.0, (WINDOW_EPOCHS, CHANNELS)).astype(np.float32)

    answer = np.asarray(joined(weights, norms)(window[np.newaxis, np.newaxis]))[0, 0]

    each = [
        by_hand(
            [kernel[[at]] for kernel in weights], [(mean[[at]], var[[at]]) for mean, var in norms], window
        )
        for at in range(3)
    ]
    np.testing.assert_allclose(answer, np.mean(each, axis=0), atol=1e-4)


def test_evened_channels_answer_as_before_and_run_alike() -> None:
    """Of channels up to a hundred times apart the ratio falls to its root, and no answer changes."""
    rng = np.random.default_rng(8)
    weights, norms = weights_of(2, rng), norms_of(2, rng)
    for layer in range(1 + len(DILATIONS)):
        uneven = np.geomspace(0.1, 10.0, WIDTH, dtype=np.float32)
        weights[3 * layer + 1] = np.abs(weights[3 * layer + 1]) * uneven
        weights[3 * layer + 2] = np.abs(weights[3 * layer + 2]) * uneven
    windows = rng.normal(0.0, 1.0, (8, 1, WINDOW_EPOCHS, CHANNELS)).astype(np.float32)
    model = joined(weights, norms)
    before = np.asarray(model(windows))
    sizes = np.concatenate([each.ravel() for each in model.get_layer("first_norm").get_weights()[:2]])

    even_out(model, windows)

    after = np.asarray(model(windows))
    np.testing.assert_allclose(after, before, atol=1e-3 * np.abs(before).max())
    evened = np.concatenate([each.ravel() for each in model.get_layer("first_norm").get_weights()[:2]])
    assert np.ptp(np.log(evened[evened > 0])) < np.ptp(np.log(sizes[sizes > 0]))


def a_lesson(sign: float) -> Lesson:
    """Three nights of wake and N2 by turns, told apart by the sign of one channel."""
    rng = np.random.default_rng(6)
    persons = []
    for _ in range(3):
        stage = np.repeat(rng.integers(0, 2, 30), 10) * 2
        channels = rng.normal(0.0, 1.0, (300, CHANNELS)).astype(np.float32)
        channels[:, 7] = sign * (stage - 1.0)
        persons.append([(channels, stage)])
    return Lesson(persons, np.zeros(CHANNELS), np.ones(CHANNELS))


def test_the_same_seed_gives_the_same_weights_and_another_gives_others() -> None:
    """Byte for byte, with noise, dropped channels and mixed nights."""
    course = Course(1, 2, 1, learning_rate=0.02, noise=0.1, drop=0.1, mixup=0.2)

    one, same, other = (learn([a_lesson(1.0)], course, seed).models[0].get_weights() for seed in (3, 3, 4))

    assert [each.tobytes() for each in one] == [each.tobytes() for each in same]
    assert [each.tobytes() for each in one] != [each.tobytes() for each in other]


def test_what_stands_in_a_channel_is_learned_by_each_fold_for_itself() -> None:
    """Two lessons tell wake by the same channel with opposite signs; each network answers by its own."""
    course = Course(2, 40, 20, learning_rate=0.02, noise=0.1, drop=0.0, mixup=0.2)
    lessons = [a_lesson(1.0), a_lesson(-1.0)]
    learned = learn(lessons, course, seed=1)

    for model, (channels, stage) in zip(
        learned.models, (each.persons[0][0] for each in lessons), strict=True
    ):
        part = slice(0, WINDOW_EPOCHS)
        called = np.argmax(np.asarray(model(channels[np.newaxis, np.newaxis, part]))[0, 0], axis=-1)
        inner = slice(MARGIN_EPOCHS, WINDOW_EPOCHS - MARGIN_EPOCHS)
        assert np.mean(called[inner] == stage[part][inner]) >= 0.9
    first, second = learned.history
    assert second["loss"] < first["loss"]
