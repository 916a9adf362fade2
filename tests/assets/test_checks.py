"""Checks as Dagster shows them: a warning says how many, how many are usual, and ids that lead to examples; never strangers' words."""

import datetime as dt
from types import SimpleNamespace

import dagster as dg
import pytest

from assets import checks
from assets.checks import records_are_not_hollow
from pipeline.embed.cache import embed_missing
from pipeline.embed.encoder import load_encoder
from pipeline.evaluate.results import EvaluationResults, Score, Verdict, write_results
from pipeline.store import Home

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture
def checked(home: Home):
    """What the check says of these rows of the table `drift`: (run, kind, field, n, missing)."""

    def check(*rows):
        with home.warehouse.transaction() as t:
            for day, (run_id, kind, field, n, missing) in enumerate(rows):
                row = {"person": "ada", "run_id": run_id, "platform": "substack", "kind": kind, "field": field, "n": n, "missing": missing}
                t.append("drift", [row | {"examples": ["9f8e7d6c5b4a3210"][:missing], "recorded_at": NOW + dt.timedelta(days=day)}])
        body = records_are_not_hollow.op.compute_fn.decorated_fn
        return body(SimpleNamespace(partition_key="ada"), SimpleNamespace(home=lambda: home))

    return check


def test_titles_that_vanish_are_a_warning_with_examples(checked):
    result = checked(("first", "posts", "title", 40, 0), ("second", "posts", "title", 12, 12))
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    (said,) = result.metadata.values()
    assert said.text == "12 of 12; usual are at most 5%; for example 9f8e7d6c5b4a3210"
    assert list(result.metadata) == ["substack posts without title"]


def test_a_usual_gathering_passes(checked):
    assert checked(("first", "posts", "title", 40, 0), ("second", "posts", "title", 12, 1)).passed


def test_nothing_gathered_passes(checked):
    assert checked().passed


class Workplace:
    """A home filled by hand, and a person with the embedded encoder."""

    def __init__(self, home: Home) -> None:
        self.held = home

    def home(self) -> Home:
        return self.held

    def person(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(person=name, encoder="tiny")


@pytest.fixture
def says(home: Home):
    """What a check says of the person `ada` in this home."""

    def check(asset_check: dg.AssetChecksDefinition) -> dg.AssetCheckResult:
        return asset_check.op.compute_fn.decorated_fn(SimpleNamespace(partition_key="ada"), Workplace(home))

    return check


def write(home: Home, table: str, **row: object) -> None:
    with home.warehouse.transaction() as t:
        t.append(table, [{"person": "ada", **row}])


def test_pairs_of_strangers_alone_are_nothing_to_learn_from(home, says):
    write(home, "pairs", pair_id="theirs", hop=1)
    assert not says(checks.pairs_are_not_empty).passed
    write(home, "pairs", pair_id="own", hop=0)
    assert says(checks.pairs_are_not_empty).passed


GUARDS = [
    (checks.nothing_leaks, "leak", "splits"),
    (checks.enough_data, "too_little_data", "splits"),
    (checks.vectors_do_not_leak, "vector_leak", "embeddings"),
]


@pytest.mark.parametrize(("asset_check", "what", "asset"), GUARDS)
@pytest.mark.parametrize("ok", [True, False])
def test_a_stored_verdict_is_shown_as_it_is(home, says, asset_check, what, asset, ok):
    write(home, "verdicts", what=what, ok=ok, detail="said of the splits")
    result = says(asset_check)
    assert (result.passed, result.description, result.severity) == (ok, "said of the splits", dg.AssetCheckSeverity.ERROR)
    assert asset_check.keys_by_input_name == {asset: dg.AssetKey(asset)}


@pytest.mark.parametrize(("asset_check", "what", "asset"), GUARDS)
def test_where_nobody_looked_the_check_fails_and_says_what_to_materialize(says, asset_check, what, asset):
    result = says(asset_check)
    assert not result.passed
    assert f"materialize `{asset}` first" in result.description


@pytest.fixture
def embedded(scene, draw, encode):
    """A pair with its passage and its picture embedded by `tiny`; gives the scene."""
    scene.source("https://ada.example")
    scene.page("https://ada.example/p", "https://ada.example")
    text = scene.text("https://ada.example/p", 0, "the keeper of the lamp had never once been late for his supper")
    picture = scene.picture("https://ada.example/p", 1, encode(draw(1)))
    scene.rows["pairs"].append({"pair_id": "p", "text_id": text, "image_id": picture, "kind": "inline", "hop": 0})
    scene.write()
    embed_missing(scene.home, "ada", load_encoder("tiny"))
    return scene


def test_vectors_that_are_there_and_sound_pass(embedded, says):
    result = says(checks.vectors_are_complete)
    assert result.passed
    assert result.metadata["vectors"].value == 2


def test_a_passage_without_a_vector_fails(embedded, says):
    with embedded.home.warehouse.transaction() as t:
        t.execute("delete from embeddings where modality = 'text'")
    result = says(checks.vectors_are_complete)
    assert not result.passed
    assert result.metadata["missing or faulty"].value == 1


def test_no_vectors_at_all_fail(home, says):
    assert not says(checks.vectors_are_complete).passed


def test_a_damaged_shard_fails_the_check_with_our_message_and_no_traceback(embedded, says):
    next(embedded.home.vectors.rglob("*.parquet")).write_bytes(b"damaged")
    result = says(checks.vectors_are_complete)
    assert not result.passed
    assert "are missing or damaged; delete that file" in result.description


def judged(home: Home, *, promoted: bool) -> None:
    """The evaluation of a model whose point values beat raw and centred, as it judged that."""
    verdict = Verdict(
        promoted=promoted, sentence="It finds more.", reasons=[] if promoted else ["the interval holds zero"], champion="cca",
        comparisons=[], permutation_p=0.05, reached=0,
    )  # fmt: skip
    score = {"split": "test", "metric": "map@r", "direction": "text_to_image", "low": None, "high": None, "n": 1, "gallery": 2}
    scores = [Score(space=space, value=value, **score) for space, value in {"raw": 0.1, "centred": 0.2, "adapter": 0.3}.items()]
    told = {"person": "ada", "model_id": "m", "encoder_id": "tiny", "recipe": {}, "settings": {}, "seed": 0, "counts": [], "validation": {}}
    write_results(home.reports, EvaluationResults(scores=scores, verdict=verdict, **told))


@pytest.mark.parametrize("promoted", [True, False])
def test_baselines_are_beaten_where_the_evaluation_promoted_the_model_and_only_there(home, says, promoted):
    judged(home, promoted=promoted)
    result = says(checks.baselines_are_beaten)
    assert (result.passed, result.severity) == (promoted, dg.AssetCheckSeverity.WARN)
    assert result.description == "It finds more." + ("" if promoted else " the interval holds zero")
    assert {name: value.value for name, value in result.metadata.items()} == {"raw": 0.1, "centred": 0.2, "adapter": 0.3}


def test_without_an_evaluation_no_baseline_is_beaten(says):
    result = says(checks.baselines_are_beaten)
    assert not result.passed
    assert "has no evaluation" in result.description
