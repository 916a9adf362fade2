import datetime as dt

import pytest
import yaml

from pipeline.errors import ConsentError, SettingsError
from pipeline.people import find_person, known_people, load_person

GOOD = {
    "person": "ada",
    "consent": {"granted_by": "ada", "date": "2026-01-01", "expires": "2027-01-01", "scope": "a private model"},
    "contact": "https://rhizome.example/contact",
}


def _load(tmp_path, **changes):
    path = tmp_path / "ada.yaml"
    path.write_text(yaml.safe_dump({**GOOD, **changes}))
    return load_person(path)


def test_defaults_are_kind(tmp_path):
    assert _load(tmp_path).limits.requests_per_second == 0.5


@pytest.mark.parametrize(
    ("said", "encoder"),
    [
        ({}, "openclip:ViT-B-32/laion2b_s34b_b79k"),
        ({"simulated": "demo"}, "tiny"),
        ({"encoder": "tiny"}, "tiny"),
        ({"simulated": "demo", "encoder": "voyage:voyage-multimodal-3"}, "voyage:voyage-multimodal-3"),
    ],
)
def test_somebody_real_gets_an_encoder_that_has_seen_real_pictures(tmp_path, said, encoder):
    assert _load(tmp_path, **said).encoder == encoder


def test_archives_are_relative_to_the_file(tmp_path):
    assert _load(tmp_path, archives=["export.zip"]).archive_paths() == [tmp_path / "export.zip"]


@pytest.mark.parametrize("name", ["Ada", "../ada", "", "a" * 64, "ada lovelace", "-ada", "a'; drop table pages"])
def test_a_name_that_is_no_slug_is_refused(tmp_path, name):
    with pytest.raises(SettingsError, match="cannot name a person"):
        _load(tmp_path, person=name)


def test_an_unknown_field_is_named(tmp_path):
    with pytest.raises(SettingsError, match="limitz"):
        _load(tmp_path, limitz={})


def test_no_consent_means_nothing_is_fetched(tmp_path):
    path = tmp_path / "ada.yaml"
    path.write_text("person: ada\ncontact: x\n")
    with pytest.raises(ConsentError, match="granted_by"):
        load_person(path)


@pytest.mark.parametrize(
    ("today", "reason"),
    [(dt.date(2025, 12, 31), "consent runs from"), (dt.date(2027, 1, 2), "ask ada again")],
)
def test_consent_holds_between_its_dates_only(tmp_path, today, reason):
    with pytest.raises(ConsentError, match=reason):
        _load(tmp_path).require_consent(today)


def test_consent_holds_on_its_last_day(tmp_path):
    assert _load(tmp_path).require_consent(dt.date(2027, 1, 1)) is None


def test_withdrawn_consent_stops_everything(tmp_path):
    person = _load(tmp_path, consent={**GOOD["consent"], "withdrawn": True})
    with pytest.raises(ConsentError, match="withdrawn"):
        person.require_consent(dt.date(2026, 6, 1))


@pytest.mark.parametrize("content", ["- a\n- b\n", "person: [", "just words"])
def test_what_is_no_person_file_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "ada.yaml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"ada\.yaml"):
        load_person(path)


def test_a_missing_person_lists_those_there_are(tmp_path):
    _load(tmp_path)
    with pytest.raises(SettingsError, match="there are: ada"):
        find_person(tmp_path, "bob")


def test_only_slugs_are_people(tmp_path):
    _load(tmp_path)
    (tmp_path / "Not A Slug.yaml").write_text("")
    assert known_people(tmp_path) == ["ada"]


def test_a_file_that_names_somebody_else_is_refused(tmp_path):
    (tmp_path / "bob.yaml").write_text(yaml.safe_dump(GOOD))
    with pytest.raises(SettingsError, match="says `person: ada`, needed: `person: bob`"):
        find_person(tmp_path, "bob")
