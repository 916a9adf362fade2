"""Whether it learned anything, beside everything it has to be compared with."""

import dagster as dg

from assets import show
from assets.embed import encoder_of
from assets.materialize import Metadata, Work, materialize
from assets.partitions import person_asset
from assets.resources import Workplace
from assets.simulation import truth_of
from assets.train import adapter
from pipeline.errors import StoreError
from pipeline.people import Person
from pipeline.store import Home

INPUTS = ("pairs", "splits", "embeddings", "adapter")


@person_asset("evaluate", kinds={"pytorch", "duckdb"}, code_version="4", deps=[adapter])
def evaluation(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """Every space side by side on the held-out associations: chance, the raw encoder, the closed-form ladder, the adapter, the
    same adapter trained on shuffled pairs, another person's, and where the world is simulated the oracles. Intervals resample
    groups."""
    config = read_beside(workplace.home(), workplace.person(context.partition_key))
    return materialize(context, workplace, compute=_evaluate, show=_show_evaluation, inputs=INPUTS, config=config)


def read_beside(home: Home, person: Person) -> dict[str, object]:
    """What an evaluation reads beside its inputs: a simulated person's truth, else the models of the other people."""
    from pipeline.evaluate.controls import other_models
    from pipeline.evaluate.truth import truth_version

    truth = truth_of(home, person)
    if truth:
        return {"truth": truth_version(truth)}
    return {"other models": other_models(home, person.person, encoder_of(person).encoder_id)}


def _evaluate(work: Work) -> None:
    from pipeline.evaluate import evaluate_model

    encoder, truth = encoder_of(work.person), truth_of(work.home, work.person)
    evaluate_model(work.home, work.person.person, encoder, _latest(work.home, work.person.person), truth, run_id=work.run_id)


def _show_evaluation(home: Home, person: str) -> Metadata:
    from pipeline.evaluate.charts import gap_chart, spaces_chart, strength_chart
    from pipeline.evaluate.results import read_results

    results = read_results(home.reports, person)
    return {
        "dagster/row_count": show.count(home, "select count(*) from evaluations where person = ?", person),
        "verdict": results.verdict.sentence,
        "spaces": show.table(home, SPACES, person),
        "under other ways to split": show.table(home, WAYS, person),
        "mean average precision": show.chart(spaces_chart(results), "mAP@R of every space with its interval"),
        "gap": show.chart(gap_chart(results), "cosines of matched and random pairs, before and after"),
        "kept": show.chart(strength_chart(results), "literal captions found, by the adapter's strength"),
        "promoted": results.verdict.promoted,
        **{f"mAP@R {row['space']}": row["value"] for row in home.warehouse.rows(HEADLINE, person)},
    }


@person_asset("evaluate", kinds={"html"}, code_version="3", deps=[evaluation])
def report(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """One HTML page that needs no network: the verdict in a sentence, the table, the gap before and after, what the pictures
    nearest to a few held-out passages were and are, where the data came from, and the manifest."""
    return materialize(
        context, workplace, compute=_report, show=_show_report, inputs=("pages", "artefacts", "images", "duplicates", *INPUTS, "evaluation")
    )


def _report(work: Work) -> None:
    from pipeline.evaluate.report import render_report

    render_report(work.home, work.person.person, _latest(work.home, work.person.person))


def _show_report(home: Home, person: str) -> Metadata:
    path = home.reports / person / "report.html"
    return {
        "report": dg.MetadataValue.path(str(path)),  # a browser opens no file:// from a page of the UI
        "kilobytes": path.stat().st_size // 1024,
    }


def _latest(home: Home, person: str) -> str:
    rows = home.warehouse.rows("select model_id from models where person = ? order by created_at desc limit 1", person)
    if not rows:
        raise StoreError(f"{person!r} has no model yet; materialise `adapter` first.")
    return str(rows[0]["model_id"])


FIGURES = {  # column -> metric, direction
    "mAP@R text to image": ("map@r", "text_to_image"),
    "R@1": ("recall@1", "text_to_image"),
    "R@5": ("recall@5", "text_to_image"),
    "R@10": ("recall@10", "text_to_image"),
    "mAP@R image to text": ("map@r", "image_to_text"),
    "centre distance": ("centre_distance", ""),
    "RMG": ("rmg", ""),
    "separability": ("separability", ""),
}
COLUMNS = ", ".join(
    f"round(max(value) filter (metric = '{metric}' and direction = '{direction}'), 3) as \"{name}\""
    for name, (metric, direction) in FIGURES.items()
)
SPACES = f"select space, {COLUMNS} from current_evaluations where person = ? and split = 'test' group by space order by 2 desc nulls last"
WAYS = """
    with told as (
        select split, metric, space, n, gallery, round(value, 3) as value, format('{:.3f} to {:.3f}', low, high) as span
        from current_evaluations
        where person = ? and direction = 'text_to_image' and metric in ('map@r', 'one_of_100')
        and split not in ('validation', 'captions') and space in ('chance', 'raw', 'topic_only', 'cca'))
    select split as way, max(n) as passages, max(gallery) filter (metric = 'map@r') as pictures,
           max(value) filter (metric = 'one_of_100' and space = 'chance') as "one of 100: chance",
           max(value) filter (metric = 'one_of_100' and space = 'raw') as "raw",
           max(value) filter (metric = 'one_of_100' and space = 'topic_only') as "topic only",
           max(value) filter (metric = 'one_of_100' and space = 'cca') as "CCA",
           max(span) filter (metric = 'one_of_100' and space = 'cca') as "CCA, 95%",
           max(value) filter (metric = 'map@r' and space = 'chance') as "mAP@R, not comparable between ways: chance",
           max(value) filter (metric = 'map@r' and space = 'cca') as "CCA, mAP@R"
    from told group by split order by split <> 'test', split"""
HEADLINE = """
    select space, value from current_evaluations where person = ? and split = 'test' and direction = 'text_to_image'
    and metric = 'map@r' and space in ('chance', 'raw', 'cca', 'knn_cache', 'start', 'adapter', 'shuffled', 'other_person',
    'oracle_encoder') order by all"""
