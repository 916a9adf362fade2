"""From real tables to a refusal: what leaks past the groups stops training, and a document that was rewritten stays where it was."""

import pytest

from pipeline.dedupe import find_duplicates
from pipeline.errors import RhizomeError
from pipeline.identifiers import id_of
from pipeline.pair import make_pairs, split_groups
from pipeline.train import Recipe, train_adapter

LONG = (
    "on the first evening of the regatta the whole town walked down to the harbour with lanterns and cushions and baskets of plums "
    "while the old pilot explained to nobody in particular how the tide would turn before the last boat had rounded the buoy"
)


@pytest.fixture
def posts(scene, draw, encode):
    """Forty own posts of a passage and a picture each; splits them anew when called, and gives document -> split."""
    scene.source("https://ada.example")
    for i in range(40):
        url = f"https://ada.example/p/{i}"
        scene.page(url, "https://ada.example")
        scene.text(url, 0, " ".join(f"word{(i * 31 + j * 7) % 997}x{i}" for j in range(12)))
        scene.picture(url, 1, encode(draw(i, 48)))

    def split():
        scene.write()
        find_duplicates(scene.home, "ada")
        make_pairs(scene.home, "ada")
        summary = split_groups(scene.home, "ada")
        rows = scene.home.warehouse.rows(
            """select distinct g.url, s.split from groups o join splits s using (person, group_id)
            join artefacts a using (person, artefact_id) join pages g on g.person = a.person and g.page_id = a.page_id"""
        )
        return summary, {row["url"]: row["split"] for row in rows}

    return scene, split


def test_what_leaks_past_the_groups_stops_training_with_examples(posts):
    scene, split = posts
    summary, before = split()
    assert summary.leak.ok, summary.leak.detail
    hyphens = "-".join(LONG[i : i + 3] for i in range(0, len(LONG), 3))
    ends = [next(url for url in before if before[url] == name) for name in ("train", "test")]
    planted = [scene.text(url, 2, words) for url, words in zip(ends, (LONG, hyphens), strict=True)]
    summary, _ = split()
    assert not summary.leak.ok
    with pytest.raises(RhizomeError, match="training stops") as refused:
        train_adapter(scene.home, "ada", "tiny", Recipe(), "run")
    assert [name for name in planted if name not in str(refused.value)] == []


def test_a_post_that_was_rewritten_with_other_pictures_stays_in_its_split(posts, draw, encode):
    scene, split = posts
    _, before = split()
    for i in range(40):
        url = f"https://ada.example/p/{i}"
        scene.text(url, 0, " ".join(f"other{(i * 37 + j * 11) % 991}y{i}" for j in range(12)))
        scene.rows["passages"][-1]["artefact_id"] = id_of("rewritten", url)
        scene.picture(url, 3, encode(draw(1000 + i, 48)))
    old = {"passages": 40, "pictures": 40}
    for table, count in old.items():
        scene.rows[table] = scene.rows[table][count:]
    _, after = split()
    assert after == before
