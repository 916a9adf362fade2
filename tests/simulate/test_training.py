"""Training `tiny`: what it eats, that it steps, and that the same seed gives the same weights."""

import numpy as np
import pytest
import torch

from pipeline.embed import tiny
from pipeline.simulate import diet, train_tiny
from pipeline.simulate.captions import listing
from pipeline.simulate.vocabulary import LEVELS, OBJECT_NAMES, PROP_NAMES


@pytest.fixture(scope="module")
def food() -> diet.Diet:
    return diet.prepare(run_seed=3, count=1, context=tiny.CONTEXT, workers=1)


def test_a_diet_is_whole_chunks_of_pictures_with_two_texts(food: diet.Diet) -> None:
    assert food.pictures.shape == (diet.CHUNK, 64, 64, 3)
    assert food.texts.shape == (diet.CHUNK, 2, tiny.CONTEXT)
    assert ((food.texts > 0).sum(2) >= 3).all()
    assert (food.texts.max(2) == tiny.build().vocab_size - 1).all()


def test_what_a_text_names_is_in_the_picture(food: diet.Diet) -> None:
    assert not (food.named & ~food.seen[:, None]).any()
    levels = food.seen[:, : sum(LEVELS)]
    assert (levels.sum(1) == len(LEVELS)).all()
    assert food.named[:, 0, diet.FIRST_OBJECT : diet.FIRST_PROP].any(1).all()


def test_concepts_are_named_by_whole_words() -> None:
    text = "A Passkey, and a boat."
    assert diet.names(text, PROP_NAMES["key"])
    assert not diet.names("a keyboard", PROP_NAMES["key"])
    assert [name for name in OBJECT_NAMES if diet.names(text, (name,))] == ["boat"]
    assert listing(["anchor", "cup"]) == "an anchor and a cup"


def test_the_same_seed_gives_the_same_weights(food: diet.Diet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_tiny, "SHORT_BATCH", 16)
    monkeypatch.setattr(train_tiny, "LONG_BATCH", 16)
    threads = torch.get_num_threads()
    try:
        one, other = (train_tiny.train(food, 0, 5, steps=4)[0].state_dict() for _ in range(2))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(one[name], other[name]) for name in one)
    torch.manual_seed(5)
    fresh = tiny.build().state_dict()
    assert any(not torch.equal(one[name], fresh[name]) for name in one)


def test_the_contrastive_loss_is_the_mean_of_both_directions() -> None:
    rng = np.random.default_rng(0)
    pictures, texts = (torch.nn.functional.normalize(torch.tensor(rng.standard_normal((5, 8))), dim=1) for _ in range(2))
    slow = 0.0
    for i in range(5):
        for one, others in ((texts[i], pictures), (pictures[i], texts)):
            scores = [7.0 * float(one @ other) for other in others]
            slow -= (scores[i] - np.log(np.exp(scores).sum())) / 10
    assert float(train_tiny.contrast(pictures, texts, torch.tensor(7.0))) == pytest.approx(slow)
