import pytest

from pipeline.pair.leaks import check

SENTENCE = "the keeper of the lamp had never once in forty years been late for his supper of herring and black bread"


@pytest.fixture
def planted(scene, draw, encode):
    """Two posts that were put into different splits by hand; whatever they share is a leak."""
    for host in ("ada", "bea"):
        scene.source(f"https://{host}.example")
        scene.page(f"https://{host}.example/p", f"https://{host}.example")
        scene.text(f"https://{host}.example/p", 0, f"a passage that only {host} wrote, on the weather of {host}, unlike any other")
        scene.picture(f"https://{host}.example/p", 1, encode(draw(len(host) * (host == "ada"))))
    return scene


def verdict(scene):
    """Writes the scene with everything of ada.example in training and of bea.example in test, and checks."""
    host = {row["page_id"]: row["url"][8:11] for row in scene.rows["pages"]}
    sides = [list(scene.rows[table]) for table in ("passages", "pictures")]

    def split(row):
        return row.get("forced") or ("train" if host[row["page_id"]] == "ada" else "test")

    groups = [{"artefact_id": r["artefact_id"], "group_id": split(r), "tie": "document"} for rows in sides for r in rows]
    pairs = [
        {"pair_id": t["artefact_id"] + i["artefact_id"], "text_id": t["artefact_id"], "image_id": i["artefact_id"], "kind": "inline",
         "text_group": split(t), "image_group": split(i)}
        for t in sides[0] for i in sides[1] if split(t) == split(i)
    ]  # fmt: skip
    scene.rows |= {"groups": groups, "pairs": pairs, "splits": [{"group_id": s, "split": s} for s in ("train", "test")]}
    for rows in sides:
        for row in rows:
            row.pop("forced", None)
    scene.write()
    return check(scene.home, "ada")


def test_posts_that_share_nothing_leak_nothing(planted):
    found = verdict(planted)
    assert found.ok, found.detail


def test_the_same_bytes_leak(planted, draw, encode):
    for host in ("ada", "bea"):
        planted.picture(f"https://{host}.example/p", 3, encode(draw(40)), f"https://{host}.example/i.jpg")
    assert "the same picture: 1" in verdict(planted).detail


def test_one_upload_at_two_sizes_leaks(planted, draw, encode):
    pinned = "https://i.pinimg.com/{}/9d/29/ae/9d29ae946e0d786d9a9ecc12e1f19c72.jpg"
    planted.picture("https://ada.example/p", 3, encode(draw(40)), pinned.format("736x"))
    planted.picture("https://bea.example/p", 3, encode(draw(41)), pinned.format("236x"))
    assert "the same upload: 1" in verdict(planted).detail


@pytest.mark.parametrize("edges", [(0, 0, 160, 160), (6, 6, 154, 154), (0, 0, 150, 156)])
def test_a_copy_of_a_picture_leaks(planted, draw, encode, edges):
    planted.picture("https://ada.example/p", 3, encode(draw(40)))
    planted.picture("https://bea.example/p", 3, encode(draw(40).crop(edges).resize((130, 130)), 60))
    assert "pictures that look the same: 1" in verdict(planted).detail


def test_a_quoted_sentence_leaks(planted):
    planted.text("https://ada.example/p", 4, f"On the island {SENTENCE}.")
    planted.text("https://bea.example/p", 4, f"My aunt wrote that {SENTENCE.upper()}; I believe her.")
    assert "12 words in a row: 1" in verdict(planted).detail


def test_a_short_passage_that_reads_the_same_leaks(planted):
    planted.text("https://ada.example/p", 4, "We kept the lamp, the rope and a map.")
    planted.text("https://bea.example/p", 4, "we kept the lamp the rope and a map")
    assert "the same words: 1" in verdict(planted).detail


def test_a_document_in_two_splits_leaks(planted):
    planted.text("https://ada.example/p", 4, "a second passage of ada's that went to the wrong side of the fence")
    planted.rows["passages"][-1]["forced"] = "test"
    assert "one document: 1" in verdict(planted).detail


def test_a_pin_apart_from_its_page_leaks(planted, draw, encode):
    picture = planted.picture("https://ada.example/p", 3, encode(draw(42)))
    planted.save(picture, "https://bea.example/p")
    assert "a pin and the page it links to: 1" in verdict(planted).detail


def test_a_verdict_names_artefacts_and_no_words(planted):
    planted.text("https://ada.example/p", 4, SENTENCE)
    quoting = planted.text("https://bea.example/p", 4, SENTENCE)
    found = verdict(planted)
    assert not found.ok
    assert quoting in found.detail
    assert "herring" not in found.detail
