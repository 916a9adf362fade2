"""Every space side by side on what a model has never seen."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from pipeline.embed.encoder import Encoder
from pipeline.errors import StoreError
from pipeline.evaluate.controls import other_person, shuffled_refits, start_space, stored_other
from pipeline.evaluate.gap import Placed, gap_figures
from pipeline.evaluate.kept import kept_curve, kept_scores
from pipeline.evaluate.oracles import encoder_oracle, oracle_of
from pipeline.evaluate.pictures import examples, histograms, map_points
from pipeline.evaluate.results import Counts, CurvePoint, EvaluationResults, Kept, Score, Verdict, write_results
from pipeline.evaluate.retrieval import Asked, chance, retrieval_scores
from pipeline.evaluate.shuffled import shuffled_scores
from pipeline.evaluate.truth import Truth, read_truth, with_recurring_moods
from pipeline.evaluate.verdict import compare, judge
from pipeline.evaluate.ways import other_ways
from pipeline.one_thread import one_thread
from pipeline.store import Home
from pipeline.train.data import TrainingData, load_pairs
from pipeline.train.folder import load_adapter, read_manifest
from pipeline.train.pairs import PairSet
from pipeline.train.ranking import Figures
from pipeline.train.recipe import Recipe, Settings
from pipeline.train.select import champion_of, ladder, pooled_score
from pipeline.train.spaces import AffineSpace, Space, VectorSpace, raw_space

log = logging.getLogger(__name__)

PRIMARY = "map@r"


@dataclass(frozen=True)
class EvaluationSummary:
    """The verdict, how many figures there are, and where the results stand."""

    verdict: Verdict
    scores: int
    path: Path


def evaluate_model(home: Home, person: str, encoder: Encoder, model_id: str, truth: Path | None, run_id: str) -> EvaluationSummary:
    """Measures every space on the test split, writes `evaluations`, the model's status and `reports/<person>/evaluation.json`.

    `truth` is the folder of a simulated person's truth. Raises StoreError where the model is damaged, was trained on the vectors of
    another encoder, or where the pairs have changed since.
    """
    adapter, manifest = load_adapter(home, model_id), read_manifest(home, model_id)
    if encoder.encoder_id != manifest["encoder_id"]:
        raise StoreError(
            f"model {model_id} was trained on vectors of {manifest['encoder_id']}, and {person!r} now has {encoder.encoder_id}: in "
            "another encoder's space it means nothing. Materialise `embeddings` and `adapter` again, or set the encoder back."
        )
    recipe, settings = recipe_of(manifest["recipe"]), Settings(**manifest["settings"])
    data = load_pairs(home, person, encoder.encoder_id, recipe)
    if (data.pairs_version, data.splits_version) != (manifest["pairs_version"], manifest["splits_version"]):
        raise StoreError(f"the pairs or splits of {person!r} have changed since model {model_id} was trained; train again.")
    known = read_truth(home, encoder, truth) if truth else None
    if known:
        data = replace(data, test=with_recurring_moods(home, person, data.test, known.facts))
    with one_thread():
        work = _Evaluation(home, person, encoder.encoder_id, data, recipe, settings, adapter, known)
        ways = list(other_ways(home, person, encoder.encoder_id, recipe, data, work.rungs["cca"].settings))
        results = replace(work.results(model_id, manifest), ways=ways)
    path = write_results(home.reports, results)
    _record(home, results, data.pairs_version)
    log.info("%s, run %s: %s", person, run_id, results.verdict.sentence)
    return EvaluationSummary(results.verdict, len(results.scores), path)


def recipe_of(content: dict[str, Any]) -> Recipe:
    """The recipe that a manifest states."""
    return TypeAdapter(Recipe).validate_python(content)


class _Evaluation:
    """One evaluation under way: what it measures on, and what it has found so far."""

    def __init__(
        self,
        home: Home,
        person: str,
        encoder_id: str,
        data: TrainingData,
        recipe: Recipe,
        settings: Settings,
        adapter: AffineSpace,
        truth: Truth | None,
    ) -> None:
        self.encoder_id = encoder_id
        self.home, self.person, self.data, self.recipe, self.settings = home, person, data, recipe, settings
        self.adapter, self.truth = adapter, truth
        self.rungs = ladder(data.train, data.validation, recipe)  # no truth: the adapter's settings were chosen without it too
        self.champion = champion_of(self.rungs)
        self.asked = Asked.both(data.test, recipe.seed)
        self.found: dict[tuple[str, str], Figures] = {}  # (space, direction) -> figures on test
        self.remarks: list[str] = []

    def results(self, model_id: str, manifest: dict[str, Any]) -> EvaluationResults:
        """Everything, in the shape that is written."""
        scores = [score for space in self._spaces() for score in self._scores(space)]
        scores += [*self._chance(), *self._validation(), *self._captions()]
        refits, kept = shuffled_refits(self.data.train, self.recipe, self.settings), self._kept()
        scores += shuffled_scores(refits, self.asked, self.data.test, self.recipe.seed)
        raw = raw_space(self.data.test.texts.vectors.shape[1])
        test = self.data.test
        return EvaluationResults(
            person=self.person,
            model_id=model_id,
            encoder_id=self.encoder_id,
            recipe=manifest["recipe"],
            settings=asdict(self.settings),
            seed=self.recipe.seed,
            counts=[Counts(split=name, **counts) for name, counts in manifest["counts"].items()],
            scores=scores,
            verdict=self._verdict(refits, kept),
            validation={name: rung.validation for name, rung in self.rungs.items()} | self._selected(),
            neighbours=examples(self.home, self.person, test, raw, self.adapter),
            histograms=[*histograms(raw, test), *histograms(self.adapter, test)],
            kept=kept,
            curve=[CurvePoint(step=int(p["step"]), loss=p["loss"], validation=p["validation"]) for p in manifest["curve"]],
            map=[*map_points(raw, test), *map_points(self.adapter, test)],
            remarks=self.remarks,
        )

    def _spaces(self) -> Iterator[Space]:
        yield from (rung.space for rung in self.rungs.values())
        yield self.adapter
        yield start_space(self.data.train, self.recipe, self.settings)
        other = self._other()
        if other is not None:
            yield other
        if self.truth:
            yield encoder_oracle(self.truth, with_recurring_moods(self.home, self.person, self.data.validation, self.truth.facts))
            oracle = oracle_of(self.data.test, self._test_passages(), self.truth.facts, self.recipe.seed)
            if oracle:
                yield oracle
            else:
                self.remarks.append("the oracle was left out: some held-out pictures are not in the truth")

    def _selected(self) -> dict[str, float]:
        """What the adapter and its start reach over the rounds of selection."""
        tried = {"adapter": self.settings, "start": replace(self.settings, steps=0)}
        return {name: pooled_score(self.data.train, self.data.validation, self.recipe, settings) for name, settings in tried.items()}

    def _scores(self, space: Space) -> Iterator[Score]:
        """Retrieval both ways and, where the space has coordinates, the gap; on test."""
        for asked in self.asked:
            figures = self.found[space.name, asked.direction] = asked.figures(space)
            yield from retrieval_scores(space.name, asked, figures)
        if isinstance(space, VectorSpace):
            test = self.data.test
            for metric, (value, low, high) in gap_figures(Placed.of(space, test, self.recipe.seed), self.recipe.seed).items():
                yield Score(
                    space=space.name, split="test", metric=metric, direction="", value=value, low=low, high=high,
                    n=len(test.texts) + len(test.images), gallery=0,
                )  # fmt: skip

    def _chance(self) -> Iterator[Score]:
        for asked in self.asked:
            yield from retrieval_scores("chance", asked, chance(asked.question))

    def _validation(self) -> Iterator[Score]:
        """mAP@R, text to image, on the validation split alone: one of the rounds that everything was chosen by."""
        asked, _ = Asked.both(self.data.validation, self.recipe.seed)
        for space in [*(rung.space for rung in self.rungs.values()), self.adapter]:
            figures = {PRIMARY: asked.figures(space)[PRIMARY]}
            yield from (replace(score, split="validation") for score in retrieval_scores(space.name, asked, figures))

    def _literal(self) -> PairSet | None:
        """The literal pairs: the simulator's captions, else the person's own words on pins outside training."""
        pairs = self.truth.captions if self.truth else self.data.captions
        if len(pairs) < 2:
            return None
        return pairs

    def _captions(self) -> Iterator[Score]:
        pairs = self._literal()
        if pairs is None:
            self.remarks.append("no literal captions outside training: what is kept of them was not measured")
            return
        asked, _ = Asked.both(pairs, self.recipe.seed)
        for space in (self.rungs["raw"].space, self.rungs["centred"].space, self.rungs[self.champion].space, self.adapter):
            yield from (replace(score, split="captions") for score in retrieval_scores(space.name, asked, asked.figures(space)))

    def _kept(self) -> list[Kept]:
        pairs = self._literal()
        if pairs is None:
            return []
        return kept_curve(self.adapter, pairs, self.truth.has_mood_word if self.truth else None, self.data.test, self.recipe.seed)

    def _verdict(self, refits: Sequence[Space], kept: Sequence[Kept]) -> Verdict:
        asked = self.asked[0]
        ours = self.found["adapter", asked.direction][PRIMARY]
        names = [name for name, direction in self.found if direction == asked.direction and name != "adapter"]
        theirs = {name: self.found[name, asked.direction][PRIMARY] for name in names}
        comparisons = [compare(name, asked.draws, ours, values) for name, values in theirs.items()]
        shuffled = [float(asked.figures(space)[PRIMARY].mean()) for space in refits]
        return judge(self.champion, comparisons, float(ours.mean()), shuffled, kept)

    def _other(self) -> AffineSpace | None:
        """Another person's adapter: trained alike on the simulator's other person, else a stored one."""
        if self.truth:
            return other_person(self.truth.other, self.recipe, self.settings)
        found, remarks = stored_other(self.home, self.person, self.encoder_id)
        self.remarks += remarks
        return found

    def _test_passages(self) -> list[str]:
        rows = self.home.warehouse.rows("select distinct sha256, text from passages where person = ?", self.person)
        text = {row["sha256"]: row["text"] for row in rows}
        return [text[name] for name in self.data.test.texts.sha256]


def _record(home: Home, results: EvaluationResults, pairs_version: str) -> None:
    shared = {
        "person": results.person, "model_id": results.model_id, "encoder_id": results.encoder_id, "pairs_version": pairs_version,
        "seed": results.seed, "recorded_at": datetime.now(UTC),
    }  # fmt: skip
    rows = [shared | asdict(score) for score in (*results.scores, *kept_scores(results.kept), *results.ways)]
    status = "promoted" if results.verdict.promoted else "not promoted"
    with home.warehouse.transaction() as t:
        t.replace("evaluations", rows, person=results.person, model_id=results.model_id)
        t.execute("update models set status = ? where person = ? and model_id = ?", status, results.person, results.model_id)
