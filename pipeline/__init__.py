"""The library: one package per stage, in the order the data flows. No Dagster anywhere below here."""
