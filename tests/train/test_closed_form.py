import numpy as np
import pytest

from pipeline.train.closed_form import canonical, centred, procrustes, ridge
from pipeline.train.whiten import inverse_root, moments_of, ridged


@pytest.fixture
def pairs(synthetic):
    return synthetic(dim=12, nuisance=4).posts(30)


def test_moments_are_those_of_the_pairs_one_by_one(pairs):
    random = np.random.default_rng(0)
    from dataclasses import replace

    pairs = replace(pairs, weights=random.random(len(pairs)).astype(np.float32))
    texts, images = pairs.texts.vectors[pairs.text_index], pairs.images.vectors[pairs.image_index]
    both = np.cov(texts.T.astype(float), images.T.astype(float), aweights=pairs.weights, ddof=0)
    moments = moments_of(pairs)
    np.testing.assert_allclose(moments.cross, both[:12, 12:], atol=1e-7)
    np.testing.assert_allclose(moments.text_cov, both[:12, :12], atol=1e-7)


def test_ridge_is_where_the_gradient_of_its_loss_vanishes(pairs):
    moments = moments_of(pairs)
    for towards_identity in (True, False):
        w = ridge(moments, 0.3, towards_identity=towards_identity).text.matrix.astype(float)
        x, y = (side - side.mean(0) for side in (pairs.texts.vectors[pairs.text_index], pairs.images.vectors[pairs.image_index]))
        k = 0.3 * np.trace(moments.text_cov) / 12
        gradient = x.T @ (x @ w - y) / len(x) + k * (w - np.eye(12) * towards_identity)
        assert np.abs(gradient).max() < 1e-6


def test_strong_ridges_end_at_their_targets(pairs):
    assert np.allclose(ridge(moments_of(pairs), 1e9, towards_identity=True).text.matrix, np.eye(12), atol=1e-4)
    assert np.allclose(ridge(moments_of(pairs), 1e9, towards_identity=False).text.matrix, 0, atol=1e-4)


def test_procrustes_turns_and_does_nothing_else(pairs):
    turn = procrustes(moments_of(pairs)).text.matrix
    np.testing.assert_allclose(turn @ turn.T, np.eye(12), atol=1e-5)


def test_centring_leaves_no_mean(synthetic):
    pairs = synthetic(gap=2.0).posts(40)
    space = centred(moments_of(pairs))
    assert np.linalg.norm(space.map_texts(pairs.texts.vectors).mean(0)) < 0.2
    assert np.linalg.norm(pairs.texts.vectors.mean(0)) > 0.8


def test_canonical_directions_are_uncorrelated_and_their_correlations_below_one(pairs):
    moments = moments_of(pairs)
    found = canonical(moments, 0.1)
    text = found.text @ found.left
    within = text.T @ ridged(moments.text_cov, 0.1) @ text
    np.testing.assert_allclose(within, np.eye(12), atol=1e-6)
    assert 0 <= found.correlations.min() <= found.correlations.max() < 1


def test_an_inverse_root_of_a_flat_direction_is_zero_and_not_infinite():
    root = inverse_root(np.diag([4.0, 0.0]))
    np.testing.assert_allclose(root, np.diag([0.5, 0.0]))
