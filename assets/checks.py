"""What can be wrong with an asset, said where a user sees it. What must stop a later stage stands in `verdicts` too, and that
stage obeys it in whatever run; a check here only shows it."""

import dagster as dg

from assets import show
from assets.embed import USED, embeddings, encoder_of
from assets.evaluate import evaluation
from assets.pair import pairs, splits
from assets.partitions import person_check
from assets.resources import Workplace
from assets.scrape import artefacts
from pipeline.scrape.drift import find_drift


@person_check(pairs)
def pairs_are_not_empty(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """There is something to learn from: at least one pair of the person's own."""
    own = show.count(workplace.home(), "select count(*) from pairs where person = ? and hop = 0", context.partition_key)
    return dg.AssetCheckResult(passed=own > 0, severity=dg.AssetCheckSeverity.WARN, metadata={"own pairs": own})


@person_check(artefacts)
def records_are_not_hollow(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """What came lately has titles, texts, alternative texts and links as often as what came before: a site that changes its
    shapes says so nowhere else. The ids lead to the records: `rhizome sql "select url from pages where page_id = '...'"`."""
    found = find_drift(workplace.home(), context.partition_key)
    said: dict[str, str] = {}
    for drift in found:
        share = drift.share
        examples = ", ".join(share.examples)
        lacking = f"{share.missing} of {share.n}; usual are at most {drift.usual:.0%}; for example {examples}"
        said[f"{share.platform} {share.kind} without {share.field}"] = lacking
    return dg.AssetCheckResult(passed=not found, severity=dg.AssetCheckSeverity.WARN, metadata=said)


@person_check(splits, blocking=True)
def nothing_leaks(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """No content stands on both sides of a split, looked for by other means than those that made the groups."""
    return _verdict(context, workplace, "leak")


@person_check(splits, blocking=True)
def enough_data(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """There is enough to train on and enough to test on."""
    return _verdict(context, workplace, "too_little_data")


@person_check(embeddings, blocking=True)
def vectors_are_complete(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """Every passage and picture of a pair has a vector, all numbers of it finite and its length one."""
    from pipeline.embed.cache import faulty_vectors

    home, person = workplace.home(), context.partition_key
    faulty = faulty_vectors(home, person, encoder_of(workplace.person(person)).encoder_id)
    found = show.count(home, f"select count(*) from ({USED})", person)
    return dg.AssetCheckResult(passed=not faulty and found > 0, metadata={"vectors": found, "missing or faulty": len(faulty)})


@person_check(embeddings, blocking=True)
def vectors_do_not_leak(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """The encoder takes nothing of one split for something of another: the look for leaks that needs vectors."""
    return _verdict(context, workplace, "vector_leak", "embeddings")


@person_check(evaluation)
def baselines_are_beaten(context: dg.AssetCheckExecutionContext, workplace: Workplace) -> dg.AssetCheckResult:
    """The adapter finds more of the person's own associations than the raw and the centred encoder do, with the whole interval, and
    more than the same training on shuffled pairs: what a model is promoted for, as the stored evaluation judged it."""
    from pipeline.evaluate.results import read_results

    results = read_results(workplace.home().reports, context.partition_key)
    scores = {name: results.score(name, "map@r") for name in ("raw", "centred", "adapter")}
    return dg.AssetCheckResult(
        passed=results.verdict.promoted,
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join([results.verdict.sentence, *results.verdict.reasons]),
        metadata={name: score.value for name, score in scores.items() if score},
    )


def _verdict(context: dg.AssetCheckExecutionContext, workplace: Workplace, what: str, asset: str = "splits") -> dg.AssetCheckResult:
    rows = workplace.home().warehouse.rows("select ok, detail from verdicts where person = ? and what = ?", context.partition_key, what)
    if not rows:
        return dg.AssetCheckResult(passed=False, description=f"no verdict on {what} is stored; materialize `{asset}` first")
    return dg.AssetCheckResult(passed=bool(rows[0]["ok"]), description=str(rows[0]["detail"]))
