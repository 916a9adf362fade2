import numpy as np

from pipeline.evaluate.kept import Dial, costs_nothing, ends, kept_curve, kept_scores
from pipeline.train.loop import fit
from pipeline.train.pairs import Items, PairSet
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.spaces import raw_space, unit

SETTINGS = Settings(start="closed_form", centre=True, shrinkage=0.1, power=1.0, share=1.0, pull=1.0, temperature=0.2, steps=20)


def literal_pairs(count):
    """Texts and pictures that lie together in the encoder's own space."""
    random = np.random.default_rng(0)
    texts = unit(random.normal(size=(count, 64)))
    images = unit(texts + 0.05 * random.normal(size=texts.shape))
    rows, names = np.arange(count), tuple(map(str, range(count)))
    sides = [Items(vectors=side, groups=rows, ids=names, sha256=names) for side in (texts, images)]
    return PairSet(texts=sides[0], images=sides[1], text_index=rows, image_index=rows, weights=np.ones(count, np.float32))


def test_the_dial_ends_at_the_encoder_and_at_the_adapter(synthetic):
    pairs = synthetic().posts(20)
    adapter = fit(pairs, Recipe(), SETTINGS)
    texts, images = pairs.texts.vectors, pairs.images.vectors
    np.testing.assert_allclose(Dial(adapter, 0).similarity(texts, images), raw_space(64).similarity(texts, images), atol=1e-5)
    np.testing.assert_allclose(Dial(adapter, 1).similarity(texts, images), adapter.similarity(texts, images), atol=1e-5)


def test_what_is_bought_and_what_is_paid_stand_side_by_side(synthetic):
    world = synthetic(levels=4)
    adapter = fit(world.posts(50, seed=1), Recipe(), SETTINGS)
    mood_word = np.arange(80) % 10 == 0
    points = kept_curve(adapter, literal_pairs(80), mood_word.astype(np.int64), world.posts(20, seed=3), 0)
    everything = [point for point in points if point.captions == "all"]
    assert [point.strength for point in everything] == [0, 0.25, 0.5, 0.75, 1]
    assert everything[0].recall_at_10 > 0.95
    assert everything[-1].recall_at_10 < everything[0].recall_at_10
    assert everything[-1].association > everything[0].association + 0.2
    assert {point.n for point in points if point.captions == "without_mood_words"} == {72}


def test_the_curve_stands_in_the_table_by_strength_and_kind_of_caption(synthetic):
    adapter = fit(synthetic().posts(20), Recipe(), SETTINGS)
    points = kept_curve(adapter, literal_pairs(40), (np.arange(40) % 10 == 0).astype(np.int64), synthetic().posts(6, seed=3), 0)
    rows = {(score.space, score.metric): score for score in kept_scores(points)}
    assert len(rows) == 5 * 2 * 2
    for point in points:
        row = rows[f"adapter@{point.strength:g}", "recall@10" + ("" if point.captions == "all" else ":without_mood_words")]
        assert (row.value, row.low, row.high, row.split) == (
            point.recall_at_10,
            point.recall_at_10_low,
            point.recall_at_10_high,
            "captions",
        )
    before, after = ends(points)
    assert (before.strength, after.strength) == (0, 1)
    assert not costs_nothing(before, after)
    assert costs_nothing(before, before)
    assert ends([]) is None
