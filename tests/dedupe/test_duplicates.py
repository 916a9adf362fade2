import random
from datetime import UTC, datetime

from pipeline.dedupe import find_duplicates

LONG = "the rain came down on the long roof of the boat house and nobody minded it at all that year"


def clusters(scene):
    rows = scene.home.warehouse.rows("select artefact_id, canonical_id from duplicates where person = 'ada'")
    return {row["artefact_id"]: row["canonical_id"] for row in rows}


def methods(scene, one, other):
    rows = scene.home.warehouse.rows("select a, b, method from duplicate_links where person = 'ada'")
    return {row["method"] for row in rows if {row["a"], row["b"]} == {one, other}}


def posts(scene, *urls, source="https://ada.example", hop=0):
    scene.source(source, hop=hop)
    for url in urls:
        scene.page(url, source, hop=hop)


def test_the_persons_own_copy_is_kept_although_it_is_smaller(scene, draw, encode):
    posts(scene, "https://b.example/1", source="https://b.example", hop=1)
    posts(scene, "https://ada.example/1")
    theirs = scene.picture("https://b.example/1", 1, encode(draw(1, 240)))
    own = scene.picture("https://ada.example/1", 1, encode(draw(1, 240).resize((120, 120))))
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == {own: own, theirs: own}
    assert methods(scene, own, theirs) == {"near_picture"}


def test_the_larger_picture_is_kept_among_ones_own(scene, draw, encode):
    posts(scene, "https://ada.example/1", "https://ada.example/2")
    small = scene.picture("https://ada.example/1", 1, encode(draw(1, 240).resize((120, 120))))
    large = scene.picture("https://ada.example/2", 1, encode(draw(1, 240)))
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == {small: large, large: large}


def test_one_upload_at_two_sizes_is_one_picture_even_where_they_look_different(scene, draw, encode):
    upload = "https://substack-post-media.s3.amazonaws.com/public/images/52784fae-8082-44d2-abac-11a5c5663133"
    posts(scene, "https://ada.example/1", "https://ada.example/2")
    one = scene.picture("https://ada.example/1", 1, encode(draw(1)), f"{upload}_326x448.jpg")
    other = scene.picture("https://ada.example/2", 1, encode(draw(2)), f"{upload}_652x896.jpg")
    scene.write()
    find_duplicates(scene.home, "ada")
    assert len(set(clusters(scene).values())) == 1
    assert methods(scene, one, other) == {"platform_key"}


def test_the_same_bytes_at_two_places_are_one_picture(scene, draw, encode):
    posts(scene, "https://ada.example/1", "https://ada.example/2")
    one, other = (scene.picture(f"https://ada.example/{i}", 1, encode(draw(3)), f"https://i.example/{i}") for i in (1, 2))
    scene.write()
    find_duplicates(scene.home, "ada")
    assert methods(scene, one, other) == {"same_bytes"}


def test_pictures_that_share_a_hash_but_not_their_looks_stay_apart(scene, draw, encode):
    posts(scene, "https://ada.example/1")
    for seed in range(6):
        scene.picture("https://ada.example/1", seed, encode(draw(seed)), phash=12345)
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == {}


def test_a_picture_that_every_post_repeats_is_boilerplate(scene, draw, encode):
    posts(scene, *(f"https://ada.example/{i}" for i in range(5)))
    for i in range(5):
        scene.picture(f"https://ada.example/{i}", 1, encode(draw(9)))
    scene.write()
    assert find_duplicates(scene.home, "ada").links == {"boilerplate": 4}
    assert clusters(scene) == {}


def test_a_lightly_edited_passage_is_a_near_duplicate_and_the_longer_is_kept(scene):
    posts(scene, "https://ada.example/1", "https://ada.example/2")
    one = scene.text("https://ada.example/1", 1, LONG)
    other = scene.text("https://ada.example/2", 1, LONG + " or the next")
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == {one: other, other: other}
    assert methods(scene, one, other) == {"near_words"}


def test_passages_that_read_the_same_are_exact_duplicates(scene):
    posts(scene, "https://ada.example/1", "https://ada.example/2")
    one, other = scene.text("https://ada.example/1", 1, LONG), scene.text("https://ada.example/2", 1, LONG.upper() + "!")
    scene.write()
    find_duplicates(scene.home, "ada")
    assert methods(scene, one, other) == {"same_words"}


def test_a_passage_inside_a_longer_one_is_evidence_and_joins_no_cluster(scene):
    posts(scene, "https://ada.example/1", "https://ada.example/2", "https://ada.example/3")
    quoted = scene.text("https://ada.example/1", 1, LONG)
    others = []
    for n in (2, 3):
        own = " ".join(f"{word}{n}" for word in LONG.split())
        others.append(scene.text(f"https://ada.example/{n}", 1, f"As I {own}: {LONG}, and so on."))
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == {}
    assert [methods(scene, quoted, other) for other in others] == [{"quoted"}, {"quoted"}]


def test_of_one_size_the_earlier_is_kept_and_a_dated_one_before_an_undated(scene, draw, encode):
    urls = [f"https://ada.example/{n}" for n in range(3)]
    posts(scene, *urls)
    late, undated, early = (scene.picture(url, 1, encode(draw(1))) for url in urls)
    for row, date in zip(scene.rows["pictures"], (datetime(2026, 3, 1, tzinfo=UTC), None, datetime(2026, 2, 1, tzinfo=UTC)), strict=True):
        row["published_at"] = date
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == dict.fromkeys((late, undated, early), early)
    scene.rows["pictures"].pop()
    scene.write()
    find_duplicates(scene.home, "ada")
    assert clusters(scene) == dict.fromkeys((late, undated), late)


def test_greetings_are_boilerplate_and_no_duplicates(scene):
    posts(scene, *(f"https://ada.example/{i}" for i in range(4)))
    for i in range(4):
        scene.text(f"https://ada.example/{i}", 1, "Dear friends of the studio,")
        scene.text(f"https://ada.example/{i}", 9, f"{LONG} and so I remain, until we meet again")
    scene.write()
    assert find_duplicates(scene.home, "ada").links == {"boilerplate": 6}
    assert clusters(scene) == {}


def test_short_words_of_pins_are_neither_duplicates_nor_boilerplate(scene):
    scene.source("https://pins.example/board")
    for i in range(4):
        scene.page(f"https://pins.example/{i}", "https://pins.example/board", kind="pinterest_pin")
        scene.text(f"https://pins.example/{i}", 1, "A red boat", "pin")
    scene.write()
    assert find_duplicates(scene.home, "ada").links == {}


def test_the_order_of_rows_does_not_matter(scene, draw, encode):
    posts(scene, *(f"https://ada.example/{i}" for i in range(3)))
    for i in range(3):
        scene.picture(f"https://ada.example/{i}", 1, encode(draw(i % 2), 90 - i))
        scene.text(f"https://ada.example/{i}", 2, LONG + " again" * i)
    scene.write()
    find_duplicates(scene.home, "ada")
    before = clusters(scene)
    for rows in scene.rows.values():
        random.Random(1).shuffle(rows)
    scene.write()
    find_duplicates(scene.home, "ada")
    assert before
    assert clusters(scene) == before


def test_nothing_gathered_gives_no_duplicates(scene):
    scene.write()
    assert find_duplicates(scene.home, "ada").clusters == 0
