from itertools import islice

import numpy as np

from pipeline.train.batches import Sampler


def test_a_batch_names_every_link_among_its_items_and_no_negative_of_one_group(synthetic):
    pairs = synthetic().posts(12, texts=2, images=3)
    links = set(zip(pairs.text_index.tolist(), pairs.image_index.tolist(), strict=True))
    for batch in islice(Sampler(pairs, 8, seed=0), 10):
        named = {(int(batch.texts[r]), int(batch.images[c])) for r, c in zip(batch.rows, batch.columns, strict=True)}
        assert named == {(t, i) for t in batch.texts.tolist() for i in batch.images.tolist() if (t, i) in links}
        same = pairs.texts.groups[batch.texts][:, None] == pairs.images.groups[batch.images][None, :]
        assert not (same & batch.negatives).any()
        assert (~same == batch.negatives).all()
        assert set(batch.rows.tolist()) == set(range(8))


def test_an_epoch_deals_every_text_once(synthetic):
    pairs = synthetic().posts(12, texts=2, images=3)
    dealt = np.concatenate([batch.texts for batch in islice(Sampler(pairs, 8, seed=0), 3)])
    assert sorted(dealt.tolist()) == list(range(24))


def test_images_are_drawn_by_weight(synthetic):
    from dataclasses import replace

    pairs = synthetic().posts(2, texts=1, images=2)
    pairs = replace(pairs, weights=np.array([1, 0.0001, 1, 0.0001], np.float32))
    drawn = np.concatenate([batch.images for batch in islice(Sampler(pairs, 2, seed=0), 50)])
    assert (drawn % 2 == 0).mean() > 0.95
