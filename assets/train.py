"""The user adapter."""

import json

import dagster as dg

from assets import show
from assets.embed import embeddings, encoder_of
from assets.materialize import Metadata, Work, materialize
from assets.pair import splits
from assets.partitions import person_asset
from assets.resources import Workplace
from pipeline.store import Home
from pipeline.train.recipe import recipe_with


@person_asset("train", kinds={"pytorch", "safetensors"}, code_version="2", deps=[embeddings, splits])
def adapter(context: dg.AssetExecutionContext, workplace: Workplace) -> dg.MaterializeResult[None]:
    """The small map on both sides of the frozen encoder, trained on this person's pairs, with its curves and its manifest: the
    recipe, the data it saw, and the hashes of both. Refuses to train on a leak or on too little."""
    person = workplace.person(context.partition_key)
    config = {"encoder": encoder_of(person).encoder_id, "recipe": recipe_with(person.recipe.kinds).to_dict()}
    return materialize(context, workplace, compute=_train, show=_show, inputs=("pairs", "splits", "embeddings"), config=config)


def _train(work: Work) -> None:
    from pipeline.train import train_adapter

    recipe = recipe_with(work.person.recipe.kinds)
    train_adapter(work.home, work.person.person, encoder_of(work.person).encoder_id, recipe, run_id=work.run_id)


def _show(home: Home, person: str) -> Metadata:
    from pipeline.evaluate.charts import loss_chart

    model = home.warehouse.rows("select * from models where person = ? order by created_at desc limit 1", person)[0]
    folder = home.models / model["model_id"]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    whose, at = (model["model_id"], person), {point["step"]: point["validation"] for point in manifest["curve"]}
    return {
        "dagster/row_count": show.count(home, "select count(*) from training_rows where model_id = ? and person = ?", *whose),
        "model_id": model["model_id"],
        **{f"chosen {name}": value for name, value in manifest["settings"].items()},
        "validation mAP@R at the start": at[0],
        "validation mAP@R where it stopped": at[manifest["settings"]["steps"]],
        "curve": show.chart(loss_chart(manifest), "loss and validation score by step"),
        "learned from": show.table(home, LEARNED_FROM, *whose),
        "manifest": dg.MetadataValue.json(manifest),
        "folder": dg.MetadataValue.path(str(folder)),
    }


LEARNED_FROM = """
    select t.source_id, any_value(s.platform) as platform, t.hop, t.kind, t.split, count(*) as pairs, count(distinct t.page_id) as pages
    from training_rows t left join sources s on s.source_id = t.source_id and s.person = t.person
    where t.model_id = ? and t.person = ? group by all order by pairs desc, t.source_id limit 50"""
