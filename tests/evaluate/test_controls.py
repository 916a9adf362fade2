import numpy as np

from pipeline.evaluate.controls import shuffled_pairs, shuffled_refits
from pipeline.evaluate.retrieval import chance
from pipeline.train.loop import fit
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.select import Exam

SETTINGS = Settings(start="closed_form", centre=True, shrinkage=0.3, power=1.0, share=1.0, pull=1.0, temperature=0.2, steps=20)


def test_shuffling_moves_whole_groups_and_keeps_the_masks(synthetic):
    pairs = synthetic().posts(10, texts=2, images=3)
    shuffled = shuffled_pairs(pairs, 4)
    assert (shuffled.text_index == pairs.text_index).all()
    was = pairs.images.groups[shuffled.image_index]
    for group in range(10):
        assert len(set(was[pairs.texts.groups[pairs.text_index] == group])) == 1
    assert (shuffled.images.groups[shuffled.image_index] == pairs.texts.groups[pairs.text_index]).all()
    assert (was != pairs.texts.groups[pairs.text_index]).mean() > 0.5


def test_groups_of_other_sizes_are_filled_round(synthetic):
    pairs = synthetic().posts(6, texts=2, images=3)
    uneven = pairs.select(~np.isin(pairs.image_index, [0, 1]))
    shuffled = shuffled_pairs(uneven, 0)
    assert shuffled.image_index.max() < len(shuffled.images)
    assert len(shuffled) == len(uneven)


def test_shuffled_refits_find_no_more_than_chance_and_the_real_one_does(synthetic):
    world, recipe = synthetic(levels=4), Recipe()
    train, test = world.posts(50, seed=1), world.posts(30, seed=3, first_group=1000)
    exam = Exam.of(test)
    found = [exam.score(space) for space in shuffled_refits(train, recipe, SETTINGS, 20)]
    expected = chance(exam.question)["map@r"].mean()
    low, high = np.quantile(found, (0.025, 0.975))
    assert low <= expected <= high
    real = fit(train, recipe, SETTINGS)
    assert exam.score(real) > 2 * high
