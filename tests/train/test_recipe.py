import pytest

from pipeline.errors import SettingsError
from pipeline.train.recipe import KINDS, Grid, Recipe, recipe_with


def test_equal_recipes_have_one_id_and_others_another():
    assert Recipe().recipe_id == Recipe(kinds=dict(reversed(Recipe().kinds.items()))).recipe_id
    assert len({Recipe().recipe_id, Recipe(seed=1).recipe_id, Recipe(grid=Grid(steps=100)).recipe_id}) == 3


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"kinds": {"tweets": 1.0}}, "tweets"),
        ({"kinds": {"inline": -1.0}}, "below zero"),
        ({"kinds": {"inline": float("nan")}}, "finite"),
        ({"adapter": "mlp"}, "mlp"),
    ],
)
def test_a_recipe_that_cannot_be_followed_says_why(wrong, named):
    with pytest.raises(SettingsError, match=named):
        Recipe(**wrong)


@pytest.mark.parametrize("wrong", [{"starts": ()}, {"temperatures": (0.0,)}, {"folds": 1}, {"every": 500}, {"pulls": (-1.0,)}])
def test_an_impossible_grid_is_refused(wrong):
    with pytest.raises(SettingsError):
        Grid(**wrong)


def test_kinds_that_were_not_measured_to_help_are_off_until_a_recipe_names_them():
    assert {kind for kind in KINDS if Recipe().kinds.get(kind, 0.0) > 0} == {"inline", "link", "judged"}
    assert Recipe(kinds={"inline": 1.0, "moment": 0.5}).kinds["moment"] == 0.5


def test_a_person_s_kinds_stand_over_the_default_s_and_unknown_ones_are_told_with_those_there_are():
    assert recipe_with({"board": 0.5, "link": 0}).kinds == {"inline": 1.0, "link": 0, "judged": 1.0, "board": 0.5}
    assert recipe_with({}) == Recipe()
    with pytest.raises(SettingsError, match="tweets; there are inline, link, hypertext, board, text_pin, moment, judged"):
        recipe_with({"tweets": 1})
