"""Which pictures are asked for: caps hold for what was crawled, not for the person's own archives."""

from pipeline.scrape.wanted_pictures import wanted_pictures


def show(home, url, n, via="crawl", hop=1, host="pics.example"):
    page = {"person": "ada", "page_id": url, "url": url, "via": via, "hop": hop, "current": True, "source_id": "s"}
    shown = [
        {"person": "ada", "artefact_id": f"{url}{i}", "page_id": url, "hop": hop, "position": i, "image_url": f"https://{host}/{url}-{i}"}
        for i in range(n)
    ]
    with home.warehouse.transaction() as t:
        t.append("pages", [page])
        t.append("pictures", shown)


def asked(home, person):
    found = wanted_pictures(home, person)
    return [row["image_url"].removeprefix("https://") for row in found.ask], [row["image_url"][8:] for row in found.over]


def test_a_document_brings_its_first_pictures_up_to_the_cap(home, make_person):
    show(home, "many", 4)
    assert asked(home, make_person(limits=", pictures_per_document: 2")) == (
        ["pics.example/many-0", "pics.example/many-1"],
        ["pics.example/many-2", "pics.example/many-3"],
    )


def test_a_host_gives_the_nearest_pictures_up_to_the_cap(home, make_person):
    show(home, "far", 2, hop=2)
    show(home, "near", 2)
    show(home, "else", 1, host="other.example")
    ask, over = asked(home, make_person(limits=", pictures_per_host: 3"))
    assert sorted(ask) == ["other.example/else-0", "pics.example/far-0", "pics.example/near-0", "pics.example/near-1"]
    assert over == ["pics.example/far-1"]


def test_own_archives_have_no_caps(home, make_person):
    show(home, "mine", 5, via="export.zip", hop=0)
    ask, over = asked(home, make_person(limits=", pictures_per_host: 1, pictures_per_document: 1"))
    assert (len(ask), over) == (5, [])


def test_what_is_held_or_rejected_is_not_wanted_and_what_failed_is(home, make_person):
    show(home, "page", 3)
    outcomes = ("kept", "rejected", "retry_later")
    with home.warehouse.transaction() as t:
        t.append("images", [{"image_url": f"https://pics.example/page-{i}", "outcome": outcome} for i, outcome in enumerate(outcomes)])
    assert asked(home, make_person()) == (["pics.example/page-2"], [])


def test_what_a_host_gave_in_earlier_runs_counts(home, make_person):
    show(home, "page", 5)
    show(home, "mine", 1, via="export.zip", hop=0)
    kept = ["page-0", "page-1", "mine-0"]
    with home.warehouse.transaction() as t:
        t.append("images", [{"image_url": f"https://pics.example/{name}", "outcome": "kept"} for name in kept])
    ask, over = asked(home, make_person(limits=", pictures_per_host: 3"))
    assert ask == ["pics.example/page-2"]
    assert over == ["pics.example/page-3", "pics.example/page-4"]
