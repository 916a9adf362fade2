"""The pictures beside a passage: what is true is marked, what is lost is said."""

from dataclasses import replace

from pipeline.evaluate.neighbour_grid import neighbour_grid


def test_true_pictures_are_marked_and_counted(evaluated):
    belonging, before, after = neighbour_grid(evaluated.home, evaluated.results)[0]["sides"]
    assert [picture["true"] for picture in after["pictures"]] == [True, False, True, False, False]
    assert (before["found"], after["found"], belonging["found"]) == ("0 of 5 true", "2 of 5 true", "3 pictures")
    assert after["pictures"][0]["alt"] == "Picture 1, belongs to the passage: A passage about rivers."


def test_a_lost_picture_does_not_cost_the_rest(evaluated):
    example = evaluated.results.neighbours[0]
    evaluated.home.blobs.delete(example.before[0].blob_sha256)
    pictures = neighbour_grid(evaluated.home, evaluated.results)[0]["sides"][1]["pictures"]
    assert pictures[0]["data"] is None
    assert all(picture["data"] for picture in pictures[1:])


def test_many_positives_are_counted_though_five_are_shown(evaluated):
    example = evaluated.results.neighbours[0]
    crowded = replace(evaluated.results, neighbours=[replace(example, positives=example.positives * 3)])
    side = neighbour_grid(evaluated.home, crowded)[0]["sides"][0]
    assert len(side["pictures"]) == 5
    assert side["found"] == "9 pictures, 5 of them here"


def test_an_address_that_is_no_web_address_is_not_linked(evaluated):
    odd = replace(evaluated.results, neighbours=[replace(evaluated.results.neighbours[0], url="javascript:alert(1)")])
    assert neighbour_grid(evaluated.home, odd)[0]["address"] is None
