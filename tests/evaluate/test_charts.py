"""Charts are pictures of the right size, the same every time, and refuse to be drawn from nothing."""

import io
from dataclasses import replace

import pytest
from PIL import Image

from pipeline.evaluate.charts import gap_chart, loss_chart, map_chart, ordered_spaces, spaces_chart, strength_chart

CHARTS = [(gap_chart, "histograms"), (map_chart, "map"), (spaces_chart, "scores"), (strength_chart, "kept")]
CURVE = [{"step": step, "loss": 3.0 - step / 100, "validation": 0.5 + step / 1000} for step in range(0, 200, 50)]


def told(curve, stopped=100):
    return {"curve": curve, "settings": {"steps": stopped}}


def opened(content):
    return Image.open(io.BytesIO(content), formats=["PNG"]).convert("RGB")


@pytest.mark.parametrize(("draw", "field"), CHARTS)
def test_a_chart_is_the_same_every_time_and_differs_in_the_dark(evaluated, draw, field):
    light, dark = draw(evaluated.results), draw(evaluated.results, dark=True)
    assert draw(evaluated.results) == light
    assert opened(light).size == opened(dark).size
    assert opened(light).getpixel((0, 0)) == (255, 255, 255)
    assert max(opened(dark).getpixel((0, 0))) < 64


def test_the_loss_is_drawn_from_the_points_of_a_manifest():
    light, dark = loss_chart(told(CURVE)), loss_chart(told(CURVE), dark=True)
    assert loss_chart(told(CURVE)) == light
    assert opened(light).size == opened(dark).size
    assert light not in (loss_chart(told(CURVE[:3])), loss_chart(told(CURVE, stopped=0)))


@pytest.mark.parametrize(("draw", "field"), CHARTS)
def test_where_there_is_nothing_to_draw_a_small_card_says_so(evaluated, draw, field):
    card = opened(draw(replace(evaluated.results, **{field: []})))
    assert card.size == (960, 120)
    assert len(card.getcolors(maxcolors=100_000)) > 5


def test_no_curve_is_a_card_as_well():
    assert opened(loss_chart(told([]))).size == (960, 120)


def test_spaces_stand_from_references_to_ceilings_and_unknown_ones_are_kept(evaluated):
    scores = [replace(evaluated.results.scores[0], space=space) for space in ("oracle", "adapter", "brand_new", "raw", "cca")]
    assert ordered_spaces(replace(evaluated.results, scores=scores)) == ["raw", "cca", "brand_new", "adapter", "oracle"]


def test_a_space_without_interval_is_drawn(evaluated):
    bare = [replace(score, low=None, high=None) for score in evaluated.results.scores]
    assert opened(spaces_chart(replace(evaluated.results, scores=bare))).size[0] == 960
